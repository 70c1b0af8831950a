import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BatchEventProcessorBuilder;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import java.util.Arrays;

/**
 * Half a round trip between two busy-spinning threads, one ring each way. ns: p50 p99.
 *
 *   this thread ── ring ──▶ answering thread ── ring ──▶ this thread
 */
public final class Hop {
    static final class Cell {
        long value;
    }

    public static void main(String[] args) throws Exception {
        final int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 15;
        final int hops = args.length > 1 ? Integer.parseInt(args[1]) : 2_000;
        final RingBuffer<Cell> there = RingBuffer.createSingleProducer(Cell::new, 1024, new BusySpinWaitStrategy());
        final RingBuffer<Cell> back = RingBuffer.createSingleProducer(Cell::new, 1024, new BusySpinWaitStrategy());
        final EventHandler<Cell> answer = (cell, sequence, end) -> {
            final long next = back.next();
            back.get(next).value = cell.value;
            back.publish(next);
        };
        final BatchEventProcessor<Cell> answering = new BatchEventProcessorBuilder().build(there, there.newBarrier(), answer);
        there.addGatingSequences(answering.getSequence());
        final com.lmax.disruptor.Sequence read = new com.lmax.disruptor.Sequence();
        back.addGatingSequences(read);
        final com.lmax.disruptor.SequenceBarrier barrier = back.newBarrier();
        final Thread thread = new Thread(answering);
        thread.setDaemon(true);
        thread.start();
        final double[] medians = new double[rounds];
        final double[] tails = new double[rounds];
        long expected = 0;
        for (int round = -5; round < rounds; round++) {
            final double[] samples = new double[hops];
            for (int i = 0; i < hops; i++) {
                final long started = System.nanoTime();
                final long next = there.next();
                there.get(next).value = expected;
                there.publish(next);
                barrier.waitFor(expected);
                if (back.get(expected).value != expected) throw new IllegalStateException("another answer");
                samples[i] = (System.nanoTime() - started) / 2.0;
                read.set(expected++);
            }
            if (round < 0) continue;
            Arrays.sort(samples);
            medians[round] = samples[hops / 2];
            tails[round] = samples[hops * 99 / 100];
        }
        Arrays.sort(medians);
        Arrays.sort(tails);
        System.out.printf("%.1f %.1f%n", medians[rounds / 2], tails[rounds / 2]);
        answering.halt();
    }
}
