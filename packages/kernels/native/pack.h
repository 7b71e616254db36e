/* Matrices packed for products: a word is an element in float32, or in bf16 a pair that follow each other along the summed axis. */
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
  int elements;      /* of a word */
  int words;         /* lengths of the summed axis are filled up to a multiple of so many */
  /* Packs rows `from` to `from + count` (filled up with zeros), elements `k` to `k + length`. */
  void (*pack_a)(Operand, int64_t from, int64_t count, int64_t k, int64_t length, uint32_t *);
  void (*pack_b)(Operand, int64_t from, int64_t count, int64_t k, int64_t length, uint32_t *);
  /* Multiplies a packed tile of a by one of b. */
  void (*multiply)(const uint32_t *a, const uint32_t *b, int64_t words, const Tile *);
  /* Called once a task, before the first product and after the last. */
  void (*begin)(void), (*end)(void);
} Processor;

/* c = alpha a b + bias on this thread, b given by its columns; false if memory ran out. */
int multiply_alone(const Processor *, Operand a, Operand b, int64_t rows, int64_t columns, int64_t length, float *c, int64_t stride,
                   float alpha, const float *bias);

extern const Processor avx512_float32, avx512_bf16, amx_bf16;
int has_avx512(void), has_avx512_bf16(void), has_amx_bf16(void);
/* Softmax of each row, in place; needs AVX512. */
void softmax_rows(int64_t rows, int64_t columns, float *);
/* The best that this machine has for products in bf16 or float32; null for none. */
const Processor *processor_for(int bf16);
#endif
