/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registry of target types, and what the core knows of a built-in type
 * beyond what <linux/device-mapper.h> lets a module say.
 *
 * dm_register_target() and dm_unregister_target() are declared there.
 */
#ifndef DM_TARGET_H
#define DM_TARGET_H

#include <linux/device-mapper.h>
#include <linux/list.h>

/**
 * struct dm_remap - where sectors of a target are below
 * @bdev: the device
 * @sector: of it
 */
struct dm_remap {
	struct block_device *bdev;
	sector_t sector;
};

/**
 * struct dm_type_ops - what only built-in types can offer
 * @end: answer a bio without a clone: the terminal path
 * @flat: say whether the whole target is one contiguous range below
 * @remap: say where sectors of the target are
 * @failed: an I/O that went in place has failed
 * @has_module: the stock kernel has the type in a module of its own
 *
 * @end is given a target, the bio of the upper layer (which it must not keep
 * or complete), and in @result the status that the core completes it with. It
 * returns false to have the bio take the clone path. It is called where the
 * whole bio, which is no flush, lies within the target.
 *
 * A type with @flat or @remap only remaps: its I/O goes in place, and the
 * core does not call its map and end_io functions for that. Both have to agree
 * with its map function.
 *
 * @flat is called once, when the table is complete. Where it returns true and
 * fills in where the first sector is, the target is not asked again.
 *
 * @remap is given an offset in the target and how many sectors from there on
 * are wanted, in sectors, and returns how many of these are contiguous from
 * the place it fills in on, at least one. It may not sleep.
 *
 * @failed is given the target and a bio with its bi_status, as it came from
 * below; it may be called in interrupt context.
 *
 * With @has_module, that module may be loaded, for systems ask for it by name
 * when they start. It changes nothing: tables go on to use the built-in type.
 */
struct dm_type_ops {
	bool (*end)(struct dm_target *ti, struct bio *bio, blk_status_t *result);
	bool (*flat)(const struct dm_target *ti, struct dm_remap *to);
	sector_t (*remap)(const struct dm_target *ti, sector_t offset, sector_t want,
			  struct dm_remap *to);
	void (*failed)(struct dm_target *ti, struct bio *bio);
	bool has_module;
};

/**
 * struct dm_type - an entry of the registry
 * @tt: what the module registered
 * @ops: for built-in types, else NULL
 * @idle: a built-in type does the work of this one, nobody gets to see it
 * @list: in the registry, newest first
 *
 * Its memory lives as long as the type is registered; who has it from
 * dm_type_get() also pins the module, so that it stays registered.
 */
struct dm_type {
	struct target_type *tt;
	const struct dm_type_ops *ops;
	bool idle;
	struct list_head list;
};

/**
 * dm_type_get() - find a type, loading its module where needed
 * @name: name of the type, as in a table
 *
 * Context: may sleep; may run modprobe, so no lock that a module's start-up
 * could want. Return: the type with its module pinned, or NULL.
 */
struct dm_type *dm_type_get(const char *name);

/**
 * dm_type_put() - unpin
 * @type: from dm_type_get()
 */
void dm_type_put(struct dm_type *type);

/**
 * dm_type_register() - as dm_register_target(), for a built-in type
 * @tt: the type
 * @ops: what the core may use beyond it, or NULL
 *
 * Return: 0; -EEXIST where the name is taken; -ENOMEM.
 */
int dm_type_register(struct target_type *tt, const struct dm_type_ops *ops);

/**
 * dm_type_for_each() - visit every registered type that is not idle, newest first
 * @fn: the visitor; called with the registry locked for reading
 * @context: its argument
 *
 * Return: the first non-zero return of @fn, at which the walk stops; or 0.
 */
int dm_type_for_each(int (*fn)(struct target_type *tt, void *context), void *context);

/* targets/builtin.c */
/**
 * dm_builtin_start() - register every built-in type
 *
 * Return: 0 or a negative errno with none registered.
 */
int dm_builtin_start(void);
/** dm_builtin_stop() - unregister them */
void dm_builtin_stop(void);

#endif
