// SPDX-License-Identifier: GPL-2.0
/* Hooks of bios that go in place, see include/hook.h. */
#include <linux/slab.h>

#include "freelist.h"
#include "hook.h"
#include "params.h"

static struct kmem_cache *hook_slab;
DEFINE_PER_CPU(struct dm_freelist, dm_hooks_free);

int dm_hooks_start(void)
{
	hook_slab = KMEM_CACHE(dm_hook, SLAB_HWCACHE_ALIGN);
	return hook_slab ? 0 : -ENOMEM;
}

static void hook_release(void *hook, void *context)
{
	kmem_cache_free(hook_slab, hook);
}

void dm_hooks_stop(void)
{
	dm_freelist_drain(&dm_hooks_free, hook_release, NULL);
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
