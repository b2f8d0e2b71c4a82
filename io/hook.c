// SPDX-License-Identifier: GPL-2.0
/* Hooks of bios that go in place, see include/hook.h. */
#include <linux/percpu.h>
#include <linux/slab.h>

#include "hook.h"
#include "params.h"

/* Free hooks that a CPU keeps at most: as many as are under way at a time. */
#define CACHE_MOST 64

static struct kmem_cache *hook_slab;

/*
 * Only process context takes from a cache, with preemption off; interrupts
 * only add. So between looking at the first one and taking it nobody else can
 * take it away and put it back, and a compare-and-exchange without a lock
 * prefix is all that is needed.
 */
struct hook_cache {
	struct dm_hook *first;
	int count;
};

static DEFINE_PER_CPU(struct hook_cache, hook_cache);

int dm_hooks_start(void)
{
	hook_slab = KMEM_CACHE(dm_hook, SLAB_HWCACHE_ALIGN);
	return hook_slab ? 0 : -ENOMEM;
}

void dm_hooks_stop(void)
{
	struct hook_cache *cache;
	struct dm_hook *h;
	int cpu;

	for_each_possible_cpu(cpu) {
		cache = per_cpu_ptr(&hook_cache, cpu);
		while ((h = cache->first)) {
			cache->first = h->next;
			kmem_cache_free(hook_slab, h);
		}
		cache->count = 0;
	}
	kmem_cache_destroy(hook_slab);
	hook_slab = NULL;
}

int dm_hook_reserve_init(mempool_t *reserve)
{
	return mempool_init_slab_pool(reserve, dm_get_reserved_bio_based_ios(), hook_slab);
}

void dm_hook_reserve_exit(mempool_t *reserve)
{
	mempool_exit(reserve);
}

static struct dm_hook *cache_take(void)
{
	struct dm_hook *h;

	preempt_disable();
	do {
		h = this_cpu_read(hook_cache.first);
	} while (h && this_cpu_cmpxchg(hook_cache.first, h, h->next) != h);
	if (h)
		this_cpu_dec(hook_cache.count);
	preempt_enable();
	return h;
}

static void cache_add(struct dm_hook *h)
{
	struct dm_hook *first;

	preempt_disable();
	this_cpu_inc(hook_cache.count);
	do {
		first = this_cpu_read(hook_cache.first);
		h->next = first;
	} while (this_cpu_cmpxchg(hook_cache.first, first, h) != first);
	preempt_enable();
}

struct dm_hook *dm_hook_alloc(mempool_t *reserve, gfp_t gfp)
{
	struct dm_hook *h = cache_take();

	return likely(h) ? h : mempool_alloc(reserve, gfp);
}

void dm_hook_free(mempool_t *reserve, struct dm_hook *h)
{
	/* as in mempool_free(): what was taken out of the reserve is seen taken */
	smp_rmb();
	if (likely(READ_ONCE(reserve->curr_nr) >= reserve->min_nr &&
		   this_cpu_read(hook_cache.count) < CACHE_MOST))
		cache_add(h);
	else
		mempool_free(h, reserve);
}
