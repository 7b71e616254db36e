/* Matrices in bf16, packed for products: pairs of elements that follow each other along the summed axis are one uint32. */
#ifndef M3AE_PACK_H
#define M3AE_PACK_H
#include <stdint.h>

/* A float32 matrix of which element (row, k) is read: at row * stride + k, or at k * stride + row if `across`. */
typedef struct {
  const float *data;
  int64_t stride;
  int across;
} Operand;

/* One block of the result, or one part of a sum of it: c = scale * (c + a b) + bias. */
typedef struct {
  float *c;
  int64_t stride;
  int rows, columns; /* that exist, of the tile's */
  int first, last;   /* of the parts of the sum */
  float scale;
  const float *bias; /* one a column, or null */
} Tile;

/* How one kind of processor multiplies. */
typedef struct {
  int rows, columns; /* of a tile */
  int pairs;         /* lengths of the summed axis are filled up to a multiple of so many */
  /* Packs rows `from` to `from + count` (filled up with zeros), pairs of `k` to `k + length`. */
  void (*pack_a)(Operand, int64_t from, int64_t count, int64_t k, int64_t length, uint32_t *);
  void (*pack_b)(Operand, int64_t from, int64_t count, int64_t k, int64_t length, uint32_t *);
  /* Multiplies a packed tile of a by one of b. */
  void (*multiply)(const uint32_t *a, const uint32_t *b, int64_t pairs, const Tile *);
  /* Called once a task, before the first product and after the last. */
  void (*begin)(void), (*end)(void);
} Processor;

extern const Processor avx512_bf16, amx_bf16;
int has_avx512_bf16(void), has_amx_bf16(void);
#endif
