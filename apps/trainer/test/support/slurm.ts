import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const daemons = { munged: '/usr/sbin/munged', slurmctld: '/usr/sbin/slurmctld', slurmd: '/usr/sbin/slurmd' };

/** Whether a Slurm can be started here: its daemons are installed, and start jobs for root alone. */
export const hasSlurm = process.getuid?.() === 0 && Object.values(daemons).every((path) => existsSync(path));

/** A Slurm of this machine alone, with files, ports and keys of its own. */
export interface Slurm {
  /** Runs one of Slurm's commands to its end; what it printed. */
  command(
    name: string,
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): Promise<string>;
  /** Resolves once no job is left. */
  idle(): Promise<void>;
  /** Ends its jobs and daemons, and removes its files. */
  stop(): Promise<void>;
}

/** Starts a Slurm that has one node, of so many processors whatever the machine has. */
export async function startSlurm(processors: number): Promise<Slurm> {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-slurm-'));
  chmodSync(folder, 0o755); // munged wants its socket where all could reach it
  const [config, key, socket] = ['slurm.conf', 'munge.key', 'munge.socket'].map((name) => join(folder, name));
  const children: ChildProcess[] = [];
  let answers = false;
  const start = (program: string, ...args: readonly string[]) =>
    children.push(spawn(program, args, { stdio: 'ignore' }));
  const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;
  const until = async (there: () => boolean | Promise<boolean>) => {
    for (let waited = 0; !(await there()); waited++) {
      const gone = children.find(hasEnded);
      if (gone || waited > 600) throw new Error(`${gone?.spawnargs.join(' ') ?? 'Slurm'} did not come up.`);
      await pause(100);
    }
  };
  const command: Slurm['command'] = async (name, args, environment) => {
    const env = { ...process.env, SLURM_CONF: config, ...environment };
    return (await execute(name, args, { cwd: folder, env })).stdout;
  };
  const idle = async () => {
    while ((await command('squeue', ['--noheader'])).trim() !== '') await pause(200);
  };
  const stop = async () => {
    if (answers) await command('scancel', ['--user', 'root']).then(idle);
    for (const child of children.reverse()) {
      child.kill();
      while (!hasEnded(child)) await pause(50);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [state, spool] = ['state', 'spool'].map((name) => join(folder, name));
    [state, spool].forEach((path) => mkdirSync(path!));
    writeFileSync(key!, randomBytes(1024), { mode: 0o400 });
    const files = ['pid', 'log', 'seed'].map((name) => `--${name}-file=${join(folder, `munge.${name}`)}`);
    start(daemons.munged, '--foreground', `--key-file=${key}`, `--socket=${socket}`, ...files);
    await until(() => existsSync(socket!));
    const [controllerPort, nodePort] = await freePorts(2);
    const node = hostname();
    writeFileSync(
      config!,
      `ClusterName=m3ae
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
AuthType=auth/munge
AuthInfo=socket=${socket}
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${state}
SlurmdSpoolDir=${spool}
SlurmctldPidFile=${join(folder, 'slurmctld.pid')}
SlurmdPidFile=${join(folder, 'slurmd.pid')}
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
NodeName=${node} NodeAddr=127.0.0.1 CPUs=${processors}
PartitionName=all Nodes=ALL Default=YES
`,
    );
    start(daemons.slurmctld, '-D', '-f', config!);
    start(daemons.slurmd, '-D', '-f', config!);
    const nodeState = () => command('sinfo', ['--noheader', '--format=%T']).catch(() => '');
    await until(async () => (await nodeState()).trim() === 'idle');
    answers = true;
  } catch (error) {
    await stop();
    throw error;
  }
  return { command, idle, stop };
}

/** Ports of this machine that nothing uses. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
