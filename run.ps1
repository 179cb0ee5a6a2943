#!/usr/bin/env pwsh
# Builds Harness where needed and runs it: ./run.ps1 all --quick
# Arguments and exit code pass through unchanged.
dotnet run -c Release --project "$PSScriptRoot/src/Harness" -- @args
exit $LASTEXITCODE
