# How much memory the kernel has under which this runs, as /proc tells it. Only built-ins of the shell.
while read -r name value unit; do
  if [ "$name" = MemTotal: ]; then
    echo "memory_total_bytes=$((value * 1024))"
  fi
done </proc/meminfo
exit 0
