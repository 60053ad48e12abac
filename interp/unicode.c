/* unicode.c -- properties and case mappings of characters, Unicode 14.0.  Local.
 *
 * A character finds its record through two array reads; a mapping is a difference to add, or
 * (from MAP_SPECIAL on) a place in the table of mappings to several characters.
 */
#include "interp/str.h"

typedef struct CharRecord {
    int32_t map[4]; /* by CharCase */
    uint16_t flags;
    uint8_t digit;
} CharRecord;

enum { MAP_SPECIAL = 0x200000 };

#include "interp/unicode_tables.h"

static const CharRecord *record_of(uint32_t c)
{
    if (c > 0x10ffff)
        return &char_records[0];
    uint32_t block = char_blocks[c >> CHAR_SHIFT];
    return &char_records[char_index[(block << CHAR_SHIFT) + (c & ((1u << CHAR_SHIFT) - 1))]];
}

unsigned char_flags(uint32_t c)
{
    return record_of(c)->flags;
}

int char_digit(uint32_t c)
{
    int digit = record_of(c)->digit;
    return digit == 255 ? -1 : digit;
}

int char_map(uint32_t c, CharCase which, uint32_t out[3])
{
    int32_t to = record_of(c)->map[which];
    if (to < MAP_SPECIAL) {
        out[0] = c + (uint32_t)to;
        return 1;
    }
    const uint32_t *special = &char_specials[to - MAP_SPECIAL];
    for (uint32_t i = 0; i < special[0]; i++)
        out[i] = special[1 + i];
    return (int)special[0];
}
