"""Makes a font of our own for characters that the built-in fonts do not have: each glyph shows the bits of its character's number
as black squares, four by four."""

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

UNITS = 1000
SQUARE = 200


def drawn(number):
    pen = TTGlyphPen(None)
    for bit in range(16):
        if number >> bit & 1:
            left, bottom = 100 + SQUARE * (bit % 4), SQUARE * (bit // 4)
            right, top = left + SQUARE - 30, bottom + SQUARE - 30
            pen.moveTo((left, bottom))
            for corner in [(left, top), (right, top), (right, bottom)]:
                pen.lineTo(corner)
            pen.closePath()
    return pen.glyph()


def make(path, characters):
    """A TrueType font with these characters, which is free for any use."""
    names = {ord(character): f"uni{ord(character):04X}" for character in sorted(set(characters))}
    order = [".notdef", *names.values()]
    glyphs = {".notdef": drawn(0xFFFF)} | {name: drawn(number) for number, name in names.items()}
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (UNITS, 100) for name in order})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    builder.setupPost()
    builder.save(path)
