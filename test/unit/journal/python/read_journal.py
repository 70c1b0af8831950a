"""Reads a journal directory of Legwork: written from docs/JOURNAL.md alone, nothing of the engine's sources.

python3 read_journal.py DIRECTORY: one JSON object a record, then one a snapshot; ends with 1 at anything wrong.
"""
import glob, json, struct, sys, zlib


class Payload:
    def __init__(self, data):
        self.data, self.at, self.price_before = data, 0, 0

    def take(self, count):
        self.at += count
        if self.at > len(self.data): sys.exit('payload too short')
        return self.data[self.at - count:self.at]

    def byte(self):
        return self.take(1)[0]

    def time(self):
        return struct.unpack('<d', self.take(8))[0]

    def integer(self):
        first = self.byte()
        value, shift, more = first >> 1 & 0x3f, 6, first >> 7
        while more:
            byte = self.byte()
            value, shift, more = value | (byte & 0x7f) << shift, shift + 7, byte >> 7
        return -value if first & 1 else value

    def text(self):
        return self.take(self.integer()).decode('ascii')

    def price(self):
        self.price_before += self.integer()
        return self.price_before


def quote(p):
    bits = p.byte()
    q = {'fresh': bits & 1, 'listing': p.integer(), 'venue': p.integer()}
    q['bidTicks'], q['bidLots'] = (p.price(), p.integer()) if bits & 2 else (0, 0)
    q['askTicks'], q['askLots'] = (p.price(), p.integer()) if bits & 4 else (0, 0)
    q['markTicks'] = p.price() if bits & 8 else 0
    q['lastHighTicks'], q['lastLowTicks'] = (p.price(), p.price()) if bits & 16 else (0, 0)
    q['lastTicks'], q['lastAgeNs'] = (p.price(), p.integer()) if bits & 32 else (0, 0)
    q['penaltyE6'] = p.integer() if bits & 64 else 0
    return q


def side(p):
    return [[p.price(), p.integer()] for _ in range(p.integer())]


def sample(p):
    e = {'tNs': p.time(), 'instrument': p.integer(), 'reason': p.integer(), 'medianSpreadTicks': p.integer()}
    e['quotes'] = [quote(p) for _ in range(p.integer())]
    e['depth'] = [{'listing': p.integer(), 'bids': side(p), 'asks': side(p)} for _ in range(p.integer())]
    return e


def report(p):
    e = {'tNs': p.time(), 'venue': p.integer(), 'kind': p.byte(), 'reason': p.byte()}
    bits = p.byte()
    e['maker'] = bits & 1
    for name in ('clientOrderId', 'venueOrderId', 'execId', 'text'): e[name] = p.text()
    for name in ('lastTicks', 'lastLots', 'cumLots', 'openLots', 'priceTicks', 'totalLots', 'feeAsset', 'fee1e8'):
        e[name] = p.integer()
    e['venueTsNs'] = e['tNs'] - p.integer() if bits & 2 else -1
    return e


def decode(kind, data):
    if kind >> 8 == 0: return json.loads(data.decode('utf-8'))
    p = Payload(data)
    event = {4: sample, 5: report, 6: lambda p: {'tNs': p.time()}}[kind & 0xff](p)
    if p.at != len(data): sys.exit('payload too long')
    return {'type': kind & 0xff, **event}


def records(directory):
    expected = link = None
    for path in sorted(glob.glob(directory + '/segment-[0-9]*.lwj')):
        data = open(path, 'rb').read()
        if data[:8] != b'LEGWORKJ' or zlib.crc32(data[:4092]) != struct.unpack_from('<I', data, 4092)[0]:
            sys.exit(path + ': damaged header')
        version, at = struct.unpack_from('<II', data, 8)
        first, before = struct.unpack_from('<QI', data, 64)
        if version != 2: sys.exit(path + ': format %d' % version)
        if expected is not None and (first, before) != (expected, link): sys.exit(path + ': does not follow')
        expected, link = first, before
        while at + 24 <= len(data):
            length, low, crc_before, kind, lag, epoch, check = struct.unpack_from('<IIIHHHH', data, at)
            folded = length ^ low ^ crc_before ^ (kind | lag << 16) ^ epoch ^ 0x4c57
            if length == 0 or check != (folded ^ folded >> 16) & 0xffff: break
            end = at + (length + 3 & ~3)
            crc = struct.unpack_from('<I', data, end - 4)[0]
            if zlib.crc32(data[at:end - 4]) != crc: break
            if (low, crc_before) != (expected & 0xffffffff, link): sys.exit(path + ': wrong order at %d' % at)
            yield expected, epoch, kind, data[at + 20:at + length - 4]
            expected, link, at = expected + 1, crc, end
        if any(data[at:]): sys.exit(path + ': torn or damaged at %d' % at)


def snapshot(path):
    data = open(path, 'rb').read()
    if data[:8] != b'LEGWORKS' or zlib.crc32(data[:60]) != struct.unpack_from('<I', data, 60)[0]: sys.exit(path + ': header')
    sequence, epoch = struct.unpack_from('<QI', data, 40)
    crc, at, total = zlib.crc32(data[:60]), struct.unpack_from('<I', data, 12)[0], 0
    while True:
        length, stored = struct.unpack_from('<II', data, at)
        last = length == 0xffffffff
        part = data[at + 8:at + 8 + (8 if last else length)]
        crc = zlib.crc32(part, crc)
        if crc != stored: sys.exit(path + ': chunk at %d' % at)
        if last: break
        at, total = at + 8 + length, total + length
    if struct.unpack('<Q', part)[0] != total: sys.exit(path + ': %d bytes of state' % total)
    return {'snapshot': sequence, 'epoch': epoch, 'stateBytes': total}


for sequence, epoch, kind, data in records(sys.argv[1]):
    print(json.dumps({'sequence': sequence, 'epoch': epoch, 'type': kind, 'event': decode(kind, data)}))
for path in sorted(glob.glob(sys.argv[1] + '/snapshot-[0-9]*.lws')): print(json.dumps(snapshot(path)))
