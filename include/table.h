/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table: which target answers for which sectors of a device.
 *
 * Built privately by its loader (dm_table_create(), dm_table_add_target() for
 * each target in order, dm_table_complete()), immutable from then on, and owned
 * by exactly one of: the loader, the inactive slot, the active slot. Whoever
 * owns it destroys it with dm_table_destroy(); an active table is taken out of
 * its slot only after the device was drained, so nothing counts its users.
 *
 * The functions that <linux/device-mapper.h> declares are in dm-table.c.
 */
#ifndef DM_TABLE_H
#define DM_TABLE_H

#include <linux/device-mapper.h>

#include "compat/bdev.h"
#include "compat/limits.h"
#include "freelist.h"
#include "lower.h"
#include "search.h"
#include "target.h"

/* What the core knows of a target beside what the target's module sees. */
struct dm_table_slot {
	struct dm_type *type;
	struct dm_remap flat;	/* where all of it is below; no device: see dm_type_ops */
};

struct dm_ima_record;
struct dm_zone_writes;

struct dm_table {
	struct mapped_device *md;
	enum dm_queue_mode type;
	blk_mode_t mode;

	unsigned int num_targets;
	unsigned int max_targets;
	struct dm_target *targets;
	struct dm_table_slot *slots;
	struct dm_search search;

	bool singleton:1;
	bool dax:1;			/* for direct access, see include/dax.h */
	bool no_flush:1;		/* no target asks for flushes */
	bool in_place:1;		/* some target's type offers the in-place path */
	unsigned int zone_sectors;	/* of all its zones; 0: not zoned */
	struct dm_zone_writes *zone_writes; /* see io/zone_write.c; mostly NULL */
	struct block_device *flush_bdev; /* all of the table is on it, and wants flushes */
	struct blk_crypto_profile *crypto; /* what it offers, see include/crypto.h; mostly NULL */
	struct dm_type *immutable;	/* the type, where it may not be replaced */

	size_t per_io_data;		/* largest of the targets, bytes */
	struct bio_set clones;		/* see io/clone.c */
	bool clones_ready;
	struct dm_freelist __percpu *clones_free;
	struct dm_table_devices devices;
	struct dm_ima_record *ima;	/* where measured, see include/ima.h; under md->lock */

	atomic_t pins;			/* see device/pin.c */

	void (*event_fn)(void *context);
	void *event_context;
};

/**
 * dm_table_find() - the target that answers for a sector
 * @t: a complete table
 * @sector: a sector of the device
 *
 * Context: any; the table is pinned by the caller. Return: the target, or NULL
 * behind the end.
 */
static inline struct dm_target *dm_table_find(const struct dm_table *t, sector_t sector)
{
	unsigned int i = dm_search_find(&t->search, sector);

	return likely(i < t->num_targets) ? &t->targets[i] : NULL;
}

/**
 * dm_table_slot() - the core's own half of a target
 * @ti: a target of a table
 */
static inline struct dm_table_slot *dm_table_slot(const struct dm_target *ti)
{
	return &ti->table->slots[ti - ti->table->targets];
}

/**
 * dm_table_zones() - how many zones the device has with a table
 * @t: a table whose limits were gathered
 */
static inline unsigned int dm_table_zones(struct dm_table *t)
{
	return t->zone_sectors ?
	       DIV_ROUND_UP_SECTOR_T(dm_table_get_size(t), t->zone_sectors) : 0;
}

/**
 * dm_table_set_event() - whom to tell of an event of one of the targets
 * @t: a table
 * @fn: called in process context, or NULL
 * @context: its argument
 */
void dm_table_set_event(struct dm_table *t, void (*fn)(void *context), void *context);

/* The phases of suspend and resume, for every target in order (dm-table.c) */
void dm_table_presuspend(struct dm_table *t);
void dm_table_presuspend_undo(struct dm_table *t);
void dm_table_postsuspend(struct dm_table *t);
/**
 * dm_table_resume() - preresume, then resume every target
 * @t: the active table
 *
 * Return: 0, or the error of the first target whose preresume refuses; no
 * target's resume was called then.
 */
int dm_table_resume(struct dm_table *t);

#endif
