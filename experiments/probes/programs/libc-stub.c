// Stands in for libc while linking: names and nothing more. The userland's own libc is what runs.
long write(int fd, const void *bytes, unsigned long count) { return fd + (long)bytes + (long)count; }
void _exit(int status) { for (;;) (void)status; }
