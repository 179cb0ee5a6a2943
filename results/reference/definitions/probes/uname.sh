# What the userland's own tools say of kernel and distribution. Only built-ins of the shell and uname:
# a userland may have nothing else, and what is missing is simply not reported.
if command -v uname >/dev/null 2>&1; then
  echo "shell_release=$(uname -r)"
fi
if [ -r /etc/os-release ]; then
  while IFS= read -r line; do
    case $line in
      PRETTY_NAME=*)
        name=${line#PRETTY_NAME=}
        name=${name#\"}
        echo "os_release_pretty=${name%\"}"
        ;;
    esac
  done </etc/os-release
fi
exit 0
