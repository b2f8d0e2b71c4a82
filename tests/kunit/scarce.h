/* SPDX-License-Identifier: GPL-2.0 */
/* Pools that have nothing but their reserve. */
#ifndef DM_KUNIT_SCARCE_H
#define DM_KUNIT_SCARCE_H

#include <linux/mempool.h>

struct kunit;

/** scarce_pool() - make a pool of a slab or of kmalloc() obey scarce_begin() */
void scarce_pool(struct kunit *test, mempool_t *pool);
/** scarce_begin() - from now on nothing is allocated for these pools */
void scarce_begin(void);
/** scarce_end() - memory is there again */
void scarce_end(void);

#endif
