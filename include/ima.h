/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Measurements for IMA: what the tables of devices are and what becomes of
 * them goes to the kernel's integrity subsystem as critical data, with the
 * label "device-mapper". The policy decides whether it is recorded.
 *
 * Of a table that was measured its hash is kept, and the names that the device
 * had then. To make up the text of all targets and to hash it costs more than the
 * rest of a load. So where nobody wants its first event the rest is left out, and
 * nothing kept; and before a later event that says the hash, the load is measured
 * again, for the policy may have come meanwhile. A new name goes to the active
 * table's record only, as with stock.
 *
 * All of these may sleep. Where memory is short, they say so in the log.
 */
#ifndef DM_IMA_H
#define DM_IMA_H

#include <linux/types.h>

struct dm_table;
struct mapped_device;

#ifdef CONFIG_IMA

/** dm_ima_announce() - say in the log what the kernel's IMA leaves out */
void dm_ima_announce(void);

/**
 * dm_ima_load() - a table was loaded
 * @t: a complete table that only the caller has
 */
void dm_ima_load(struct dm_table *t);

/**
 * dm_ima_resume() - a device that was suspended, or has a new table, was resumed
 * @md: the device, md->verbs held
 */
void dm_ima_resume(struct mapped_device *md);

/**
 * dm_ima_clear() - the inactive slot was emptied
 * @md: the device
 * @t: what was in it, which only the caller has now; or NULL
 */
void dm_ima_clear(struct mapped_device *md, struct dm_table *t);

/**
 * dm_ima_remove() - a device is removed
 * @md: a dead device that is not in the index any more, with its tables
 * @all: nobody asked for this device in particular
 */
void dm_ima_remove(struct mapped_device *md, bool all);

/**
 * dm_ima_rename() - a device has a new name or uuid
 * @md: the device
 * @from: the name it had
 * @uuid: it was given a uuid
 */
void dm_ima_rename(struct mapped_device *md, const char *from, bool uuid);

/** dm_ima_forget() - a table is destroyed @t: the table */
void dm_ima_forget(struct dm_table *t);

#else

static inline void dm_ima_announce(void) { }
static inline void dm_ima_load(struct dm_table *t) { }
static inline void dm_ima_resume(struct mapped_device *md) { }
static inline void dm_ima_clear(struct mapped_device *md, struct dm_table *t) { }
static inline void dm_ima_remove(struct mapped_device *md, bool all) { }
static inline void dm_ima_rename(struct mapped_device *md, const char *from, bool uuid) { }
static inline void dm_ima_forget(struct dm_table *t) { }

#endif

#endif
