/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is remembered of a bio that goes in place: the caller's own bio is sent
 * below, and a hook holds what it looked like until it comes back.
 *
 * Hooks come from a cache of free ones on each CPU, which all devices share;
 * where it is empty from the slab; and where memory is short from a reserve of
 * the device, so that devices stacked on each other do not wait for one
 * another.
 */
#ifndef DM_HOOK_H
#define DM_HOOK_H

#include <linux/bio.h>
#include <linux/mempool.h>

#include "freelist.h"

struct dm_target;

/**
 * struct dm_hook - of a bio that is under way in place; a cache line
 * @next: while it is free: the next free one of the CPU
 * @ti: the target it was sent for
 * @bdev: bi_bdev of the bio as it came
 * @end_io: bi_end_io likewise
 * @private: bi_private likewise
 * @start: when it was sent, in jiffies
 * @iter: bi_iter as it came: block traces look at it afterwards, and some owners,
 *	though those of a bio that went in parts find it at its end
 * @accounted: I/O accounting has begun
 * @added: bits that were added to bi_opf
 */
struct dm_hook {
	union {
		struct dm_hook *next;
		struct dm_target *ti;
	};
	struct block_device *bdev;
	bio_end_io_t *end_io;
	void *private;
	unsigned long start;
	struct bvec_iter iter;
	u32 accounted:1;
	u32 added:31;
};

/**
 * dm_hooks_start() - the slab and the caches of free hooks
 *
 * Return: 0 or -ENOMEM.
 */
int dm_hooks_start(void);
/** dm_hooks_stop() - free them; no device is left */
void dm_hooks_stop(void);

/**
 * dm_hook_reserve_init() - the reserve of a device
 * @reserve: of a new device
 *
 * Return: 0 or -ENOMEM.
 */
int dm_hook_reserve_init(mempool_t *reserve);
/** dm_hook_reserve_exit() - free it, also one that was not made @reserve: the reserve */
void dm_hook_reserve_exit(mempool_t *reserve);

/* Free hooks that a CPU keeps: about as many as are under way at a time. */
#define DM_HOOKS_MOST 64
DECLARE_PER_CPU(struct dm_freelist, dm_hooks_free);

/**
 * dm_hook_alloc() - a hook for an I/O of a device
 * @reserve: the reserve of the device
 * @gfp: GFP_NOIO: waits for an I/O of the device to end where memory is short;
 *	GFP_NOWAIT: does not
 *
 * Context: process context. Return: the hook, not initialised; or NULL with
 * GFP_NOWAIT where there is none.
 */
static inline struct dm_hook *dm_hook_alloc(mempool_t *reserve, gfp_t gfp)
{
	struct dm_hook *h = dm_freelist_take(&dm_hooks_free);

	return likely(h) ? h : mempool_alloc(reserve, gfp);
}

/**
 * dm_hook_free() - give a hook back
 * @reserve: of the device that it was taken for
 * @h: the hook
 *
 * The reserve comes first: who waits for it waits for what is under way.
 *
 * Context: any but NMI.
 */
static inline void dm_hook_free(mempool_t *reserve, struct dm_hook *h)
{
	if (likely(dm_freelist_wants(&dm_hooks_free, DM_HOOKS_MOST, reserve)))
		dm_freelist_add(&dm_hooks_free, h);
	else
		mempool_free(h, reserve);
}

#endif
