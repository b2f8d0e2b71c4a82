/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Underlying block devices: opened once a mapped device and mode, however many
 * tables and targets use them, and shown in sysfs as slaves and holders.
 *
 * Targets call dm_get_device() and dm_put_device() of
 * <linux/device-mapper.h>, which are here as well.
 */
#ifndef DM_LOWER_H
#define DM_LOWER_H

#include <linux/device-mapper.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/xarray.h>

#include "compat/bdev.h"

struct dm_table;

/**
 * struct dm_lower - an underlying device, open for a mapped device
 * @dev: what targets see; mode is what it is open for
 * @list: in mapped_device.lowers
 * @users: entries of tables that use it
 * @linked: the holder links in sysfs are there
 *
 * All but @dev under md->lowers_lock.
 */
struct dm_lower {
	struct dm_dev dev;
	struct list_head list;
	unsigned int users;
	bool linked;
};

/**
 * struct dm_table_device - a table's use of an underlying device
 * @lower: the device
 * @list: in dm_table_devices.list, newest first
 * @older: the same device, opened for less before; it stays until its last
 *	target is gone
 * @users: how many dm_get_device() of this table hold it
 */
struct dm_table_device {
	struct dm_lower *lower;
	struct list_head list;
	struct dm_table_device *older;
	unsigned int users;
};

#define DM_PATH_HASH_BITS 6

struct path_entry;

/**
 * struct dm_table_devices - the underlying devices of one table
 * @lock: of @list, @by_number and the entries: targets may get and put devices
 *	while they handle a message, when others look at the table
 * @list: one entry a device
 * @by_number: from device number to entry
 * @loading: the table is not complete, and its loader's alone
 * @paths: paths that this load has resolved; gone once the table is complete
 * @path_last: of them the one that was asked for last, as often the next is the same
 */
struct dm_table_devices {
	struct rw_semaphore lock;
	struct list_head list;
	struct xarray by_number;
	bool loading;
	DECLARE_HASHTABLE(paths, DM_PATH_HASH_BITS);
	struct path_entry *path_last;
};

/** dm_table_devices_init() - an empty set @devs: where */
void dm_table_devices_init(struct dm_table_devices *devs);

/**
 * dm_table_devices_forget_paths() - the load is over: paths may change meaning
 * @devs: the set
 */
void dm_table_devices_forget_paths(struct dm_table_devices *devs);

/**
 * dm_table_devices_exit() - close what targets left open
 * @md: the device of the table
 * @devs: the set
 *
 * Return: how many entries there were; each is a target's mistake.
 */
unsigned int dm_table_devices_exit(struct mapped_device *md, struct dm_table_devices *devs);

/**
 * dm_lower_ready() - can a block device be read from?
 * @path: as in a table: a path, or major:minor
 *
 * Context: may sleep. Return: true where opening it for reading succeeds.
 */
bool dm_lower_ready(const char *path);

/**
 * dm_lowers_link() - make the holder links of devices opened before the disk was
 * @md: the device, whose disk was just added
 *
 * Devices that are opened from now on get their links at once.
 *
 * Return: 0, or a negative errno with no link made; it may be tried again.
 */
int dm_lowers_link(struct mapped_device *md);

/**
 * dm_lowers_unlink() - take all holder links away, for good
 * @md: the device, whose disk is about to be removed
 */
void dm_lowers_unlink(struct mapped_device *md);

#endif
