#!/bin/sh
# The first command that the userland's shell runs: it prints the kernel's clock.
"${0%/*}/clock"
