# Stands in for a training program: saves and ends at a signal. Its words are passed over, apart from `--cfg long`.
trap 'echo saving; echo saved > /output/checkpoint; exit 130' INT TERM
echo training
if [ "${2-}" = long ]; then
  step=0
  while [ $step -lt 300 ]; do
    step=$((step + 1))
    sleep 0.2
  done
fi
echo done > /output/checkpoint
echo finished
