/* The tile registers of AMX in software, as its manual describes them, for processors without. */
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

typedef struct {
  uint8_t palette, start, unused[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} Configuration;

static _Thread_local Configuration configuration;
static _Thread_local uint32_t tiles[8][16][16];

static void software_load_configuration(const void *shape) { memcpy(&configuration, shape, sizeof configuration); }
static void software_release(void) { memset(&configuration, 0, sizeof configuration); }
static void software_zero(int tile) { memset(tiles[tile], 0, sizeof tiles[tile]); }
static void software_load(int tile, const void *base, int64_t stride) {
  software_zero(tile);
  for (int row = 0; row < configuration.rows[tile]; row++)
    memcpy(tiles[tile][row], (const char *)base + row * stride, configuration.bytes[tile]);
}
static void software_store(int tile, void *base, int64_t stride) {
  for (int row = 0; row < configuration.rows[tile]; row++)
    memcpy((char *)base + row * stride, tiles[tile][row], configuration.bytes[tile]);
}
static float of_bf16(uint32_t bits) {
  float value;
  bits <<= 16;
  memcpy(&value, &bits, 4);
  return value;
}
static void software_products(int sums, int a, int b) {
  for (int row = 0; row < configuration.rows[sums]; row++)
    for (int pair = 0; pair < configuration.bytes[a] / 4; pair++)
      for (int column = 0; column < configuration.bytes[sums] / 4; column++) {
        uint32_t left = tiles[a][row][pair], right = tiles[b][pair][column];
        float sum;
        memcpy(&sum, &tiles[sums][row][column], 4);
        sum += of_bf16(left & 0xffff) * of_bf16(right & 0xffff);
        sum += of_bf16(left >> 16) * of_bf16(right >> 16);
        memcpy(&tiles[sums][row][column], &sum, 4);
      }
}

#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbf16ps
#define load_configuration(shape) software_load_configuration(&(shape))
#define _tile_release software_release
#define _tile_zero software_zero
#define _tile_loadd software_load
#define _tile_stored software_store
#define _tile_dpbf16ps software_products
