// SPDX-License-Identifier: GPL-2.0
/* See scarce.h. */
#include "kunit.h"
#include "scarce.h"

static bool scarce;

static void *slab_alloc(gfp_t gfp, void *data)
{
	return READ_ONCE(scarce) ? NULL : mempool_alloc_slab(gfp, data);
}

static void *kmalloc_alloc(gfp_t gfp, void *data)
{
	return READ_ONCE(scarce) ? NULL : mempool_kmalloc(gfp, data);
}

/*
 * The pool is made anew, and not just its function exchanged: it treats what lies in
 * the reserve according to that function.
 */
void scarce_pool(struct kunit *test, mempool_t *pool)
{
	const bool slab = pool->alloc == mempool_alloc_slab;
	const int reserve = pool->min_nr;
	void *data = pool->pool_data;

	KUNIT_ASSERT_TRUE(test, slab || pool->alloc == mempool_kmalloc);
	mempool_exit(pool);
	KUNIT_ASSERT_EQ(test, 0, mempool_init(pool, reserve, slab ? slab_alloc : kmalloc_alloc,
					      slab ? mempool_free_slab : mempool_kfree, data));
}

void scarce_begin(void)
{
	WRITE_ONCE(scarce, true);
}

void scarce_end(void)
{
	WRITE_ONCE(scarce, false);
}
