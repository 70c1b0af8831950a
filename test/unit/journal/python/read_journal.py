"""Reads a journal directory of Legwork: written from docs/JOURNAL.md alone, nothing of the engine's sources.

python3 read_journal.py DIRECTORY: one JSON object an event, then one a snapshot; ends with 1 at anything wrong.
"""
import glob, json, math, re, struct, sys, zlib


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
    return {'tNs': p.time(), **sample_rest(p, {})}


def sample_rest(p, prices):
    e = {'instrument': p.integer(), 'reason': p.integer(), 'medianSpreadTicks': p.integer()}
    count, p.price_before = p.integer(), prices.get(e['instrument'], 0)
    e['quotes'] = [quote(p) for _ in range(count)]
    prices[e['instrument']] = p.price_before
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


class Line:
    def __init__(self):
        self.text, self.number = '', 0

    def step(self, by):
        self.number += by
        return self.text + str(self.number)

    def follow(self, id):
        rest = id[len(self.text):]
        if id.startswith(self.text) and 1 <= len(rest) <= 15 and rest.isascii() and rest.isdigit() and str(int(rest)) == rest:
            self.number = int(rest)
            return
        digits = re.search('[0-9]{0,15}$', id).group()
        kept = digits.lstrip('0') or digits[-1:]
        self.text, self.number = id[:len(id) - len(kept)], int(kept or 0)


class Group:
    """Events of groups; keeps what they build on."""
    def __init__(self):
        self.memory = None

    def clear(self):
        self.memory = {}
        self.time, self.client_order_id, self.prices, self.slots, self.venues = 0, '', {}, {}, {}

    def events(self, count, data):
        p = Payload(data)
        if p.byte() & 1: self.clear()
        elif self.memory is None: sys.exit('a group builds on one that was not read')
        for _ in range(count): yield self.event(p)
        if p.at != len(data): sys.exit('payload too long')

    def event(self, p):
        head = p.byte()
        kind, form = head & 15, head >> 4 & 7
        if form == 0:
            event = json.loads(p.take(p.integer()).decode('utf-8'))
            if isinstance(event['tNs'], int): self.time = event['tNs']
            return event
        if head & 128: self.time += p.integer()
        if (kind, form) == (6, 1): return {'type': 6, 'tNs': self.time}
        if (kind, form) == (4, 1): return {'type': 4, 'tNs': self.time, **sample_rest(p, self.prices)}
        if kind != 5 or form > 3: sys.exit('kind %d in form %d' % (kind, form))
        slot = self.slots.setdefault(p.byte(), {})
        e = {1: self.whole, 2: self.short, 3: self.fill}[form](p, slot)
        is_fill = e['kind'] == 3
        for name in ('venueOrderId', 'cumLots', 'openLots', 'priceTicks', 'totalLots'): slot[name] = e[name]
        slot['lastTicks'] = e['lastTicks'] if is_fill else e['priceTicks']
        if is_fill:
            slot['feeAsset'], value = e['feeAsset'], float(e['lastTicks']) * float(e['lastLots'])
            if abs(e['fee1e8']) >= slot['feeMax'] and value > 0:
                slot['feeMax'], slot['rate'] = abs(e['fee1e8']), e['fee1e8'] / value
        if e['venueTsNs'] != -1: self.venue(e['venue'])['time'] = e['venueTsNs']
        return {'type': 5, 'tNs': self.time, **e}

    def venue(self, venue):
        return self.venues.setdefault(venue, {'orders': Line(), 'executions': Line(), 'time': 0})

    def id(self, p, line):
        form = p.byte()
        if form == 0: return ''
        if form == 1: return line.step(1)
        if form == 2: return line.step(p.integer())
        text = p.text()
        line.follow(text)
        return text

    def whole(self, p, slot):
        e = {name: p.byte() for name in ('venue', 'kind', 'reason')}
        bits, venue = p.byte(), self.venue(e['venue'])
        e['maker'] = bits & 1
        shared = p.integer()
        e['clientOrderId'] = self.client_order_id = self.client_order_id[:shared] + p.text()
        e['venueOrderId'], e['execId'], e['text'] = self.id(p, venue['orders']), self.id(p, venue['executions']), p.text()
        for name in ('lastTicks', 'lastLots', 'cumLots', 'openLots', 'priceTicks', 'totalLots', 'feeAsset', 'fee1e8'):
            e[name] = p.integer()
        e['venueTsNs'] = venue['time'] + p.integer() if bits & 2 else -1
        slot.update(clientOrderId=e['clientOrderId'], venue=e['venue'], feeAsset=-1, feeMax=0, rate=0.0)
        return e

    def quantities(self, p, said, slot, e):
        e['cumLots'], e['openLots'] = slot['cumLots'], slot['openLots']
        if said: e['cumLots'], e['openLots'] = p.integer(), p.integer()
        elif e['kind'] == 3:
            if e['cumLots'] >= 0: e['cumLots'] += e['lastLots']
            if e['openLots'] >= 0: e['openLots'] -= e['lastLots']
        elif e['kind'] in (2, 4, 5) and e['openLots'] >= 0: e['openLots'] = 0

    def short(self, p, slot):
        bits, parts = p.byte(), p.byte()
        venue = self.venue(slot['venue'])
        e = {'venue': slot['venue'], 'kind': bits & 15, 'maker': bits >> 4 & 1, 'clientOrderId': slot['clientOrderId']}
        e['reason'] = p.byte() if bits & 64 else 0
        e['lastTicks'], e['lastLots'] = (slot['lastTicks'] + p.integer(), p.integer()) if parts & 1 else (0, 0)
        e['text'] = p.text() if parts & 2 else ''
        e['venueOrderId'] = self.id(p, venue['orders']) if parts & 4 else slot['venueOrderId']
        self.quantities(p, parts & 8, slot, e)
        e['priceTicks'], e['totalLots'] = (p.integer(), p.integer()) if parts & 16 else (slot['priceTicks'], slot['totalLots'])
        e['execId'] = self.id(p, venue['executions']) if parts & 32 else ''
        e['feeAsset'], e['fee1e8'] = (p.integer(), p.integer()) if parts & 64 else (0, 0)
        e['venueTsNs'] = venue['time'] + p.integer() if bits & 32 else -1
        return e

    def fill(self, p, slot):
        bits, lots = p.byte(), p.integer()
        venue = self.venue(slot['venue'])
        e = {'venue': slot['venue'], 'kind': 3, 'maker': bits & 1, 'reason': 0, 'text': '', 'lastLots': lots}
        for name in ('clientOrderId', 'venueOrderId', 'priceTicks', 'totalLots', 'feeAsset'): e[name] = slot[name]
        e['lastTicks'] = slot['lastTicks'] + (p.integer() if bits & 4 else 0)
        e['execId'] = self.id(p, venue['executions']) if bits & 8 else venue['executions'].step(1)
        self.quantities(p, bits & 16, slot, e)
        e['fee1e8'] = math.floor(float(e['lastTicks']) * float(lots) * slot['rate'] + 0.5) + p.integer()
        e['venueTsNs'] = venue['time'] + p.integer() if bits & 2 else -1
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
        if version not in (2, 3): sys.exit(path + ': format %d' % version)
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
            expected, link, at = expected + (kind & 255 if version == 3 and kind >> 8 == 2 else 1), crc, end
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


group = Group()
for sequence, epoch, kind, data in records(sys.argv[1]):
    events = group.events(kind & 255, data) if kind >> 8 == 2 else [decode(kind, data)]
    for i, event in enumerate(events):
        print(json.dumps({'sequence': sequence + i, 'epoch': epoch, 'type': kind, 'event': event}))
for path in sorted(glob.glob(sys.argv[1] + '/snapshot-[0-9]*.lws')): print(json.dumps(snapshot(path)))
