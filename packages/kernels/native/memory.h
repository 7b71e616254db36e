/* Memory that is kept when it is freed, for results of operators and what they need meanwhile. */
#ifndef M3AE_MEMORY_H
#define M3AE_MEMORY_H
#include <stddef.h>

/* Aligned to 64 bytes, not cleared; null where there is none. */
void *take_memory(size_t bytes);
/* Null is fine. */
void give_memory(void *block);
/* Gives all that is free back to the system. */
void forget_memory(void);
#endif
