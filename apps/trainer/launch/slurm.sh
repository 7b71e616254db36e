#!/bin/sh
# Trains a config on the nodes of a Slurm cluster: sbatch --nodes=4 --ntasks-per-node=8 slurm.sh CONFIG [options of pretrain]
# It goes on where it was stopped, so the same command also resumes, with another number of ranks if you like.
#SBATCH --job-name=m3ae
#SBATCH --output=m3ae-%j.log
#SBATCH --cpus-per-task=4
#SBATCH --signal=TERM@300
#SBATCH --requeue
# M3AE: the command that starts it on every node. LAUNCHER: srun, where Slurm was built with the PMI of your MPI, or mpirun.
config=$1
shift
launcher=${LAUNCHER:-srun --kill-on-bad-exit=1}
exec $launcher ${M3AE:-npx @m3ae/trainer} pretrain "$config" --resume --set train.threads="${SLURM_CPUS_PER_TASK:-1}" "$@"
