#!/usr/bin/env node
/** The command line: parses options, calls one function a command, turns errors into one line and exit code 1. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { runDemo } from './demo/run-demo.js';
import { JournalFailure } from '../journal/journal-error.js';
import { journalCommand } from './journal.js';
import { EngineThreadError } from '../main/threads/threads-engine.js';
import { topologyNames } from '../main/running-engine.js';
import { idleStrategyNames } from '../runtime/idle-strategy.js';
import { runReplay } from './replay.js';
import { runStart, type StartOptions } from './start.js';

function whole(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`expected a whole number from ${low} to ${high}, got "${text}"`);
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && value <= 1_000) return value;
  throw new InvalidArgumentError(`expected a number above 0 and at most 1000, got "${text}"`);
}

const seed = (): Option => new Option('--seed <n>', 'seed of everything simulated').argParser(whole(0, 2 ** 53 - 1)).default(1);
const clock = (): Option => new Option('--clock <kind>', 'engine time').choices(['wall', 'virtual']).default('wall');

const program = new Command('legwork')
  .description('Self-hosted execution engine where every order is an execution graph.')
  .showHelpAfterError('(--help lists the options)');

program
  .command('start')
  .description('run the engine on simulated venues fed by real recordings')
  .addOption(new Option('--speed <x>', 'engine seconds a wall second').argParser(positive).default(1))
  .addOption(new Option('--port <n>', 'port on 127.0.0.1').argParser(whole(0, 65_535)).default(50_052))
  .addOption(new Option('--data <dir>', 'journal, keys and credentials there; what was acknowledged survives'))
  .addOption(seed())
  .addOption(clock())
  .addOption(new Option('--topology <name>', 'threads of the engine; default: threads from 4 cores on').choices([...topologyNames]))
  .addOption(new Option('--idle <strategy>', 'of the threads beside the main one').choices([...idleStrategyNames]).default('backoff'))
  .addOption(new Option('--venue-threads <n>', 'threads that venues are dealt to').argParser(whole(1, 64)).default(1))
  .addOption(new Option('--durability <class>', 'process: survives kill -9; power: synced before an acknowledgement; needs --data; default: process')
    .choices(['process', 'power']))
  .addOption(new Option('--venues-at <socket>', 'Unix socket of a process of simulated venues; default: in this process'))
  .addOption(new Option('--unknown-orders <what>', 'orders at a venue that nobody here knows, besides an alert').choices(['cancel', 'keep']).default('cancel'))
  .addOption(new Option('--keep-ended <mib>', 'memory for ended graphs and what is known of them; default: 256, or what was asked for last').argParser(whole(1, 65_536)))
  .action(async (options: Omit<StartOptions, 'data'> & { data?: string }) => {
    process.exitCode = await runStart({ ...options, data: options.data ?? null });
  });

program
  .command('demo')
  .description('the four graphs of the product text, live, under 90 seconds')
  .addOption(new Option('--speed <x>', 'engine seconds a wall second').argParser(positive).default(10))
  .addOption(seed())
  .addOption(clock())
  .action(async (options: { speed: number; seed: number; clock: 'wall' | 'virtual' }) => {
    const live = process.stdout.isTTY === true && options.clock === 'wall';
    process.exitCode = await runDemo({ ...options, live, write: (text) => process.stdout.write(text) });
  });

program
  .command('replay')
  .description('run a journal through the core again and print its state hash')
  .argument('<dir>', 'the directory given to start --data')
  .option('--at <seq|time>', 'stop behind the event of this sequence, or at an ISO time, and list the graphs')
  .option('--trace <graph_id>', 'print the life of one graph with reasons')
  .action((directory: string, options: { at?: string; trace?: string }) => {
    const write = (text: string): boolean => process.stdout.write(text);
    process.exitCode = runReplay({ directory, at: options.at ?? null, trace: options.trace ?? null, write });
  });

program
  .command('journal')
  .description('verify, dump or repair a journal: legwork journal --help')
  .allowUnknownOption()
  .helpOption(false)
  .argument('[args...]')
  .action(async (args: string[]) => {
    process.exitCode = await journalCommand(args);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`legwork: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof JournalFailure || error instanceof EngineThreadError ? error.exitCode : 1;
}
