/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Direct access to persistent memory below (DAX): files of a filesystem on the
 * device are mapped, read and written without the page cache and without I/O.
 *
 * A table is for direct access where each of its targets is, all devices below have
 * it, and everything begins and ends with a page. The device gets its dax_device with
 * the first such table, and keeps it: filesystems hold a pointer to it.
 *
 * Direct access is no I/O: it is served by a suspended device, too, from the active
 * table, as the pages stay mapped there anyway. Who has a device suspended with a
 * filesystem on it has the filesystem frozen.
 */
#ifndef DM_DAX_H
#define DM_DAX_H

#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/device-mapper.h>
#include <linux/pfn_t.h>

struct dm_table;
struct mapped_device;

/**
 * dm_dax_first_page() - where in the memory below a sector of a device is
 * @dev: an underlying device with direct access
 * @sector: of @dev, which may be a partition: the memory is of the whole disk
 *
 * Return: the page's number.
 */
static inline pgoff_t dm_dax_first_page(const struct dm_dev *dev, sector_t sector)
{
	return (get_start_sect(dev->bdev) + sector) >> PAGE_SECTORS_SHIFT;
}

#if IS_ENABLED(CONFIG_FS_DAX)

/**
 * dm_dax_prepare() - decide whether a table is for direct access, and get the device ready
 * @md: the device
 * @t: a table whose targets are all there; its dax is set where it is
 *
 * Context: md->loads held. Return: 0; -ENOMEM; -EINVAL, with a line in the log, where
 * the memory before was synchronous (MAP_SYNC may be in use) and that of @t is not.
 */
int dm_dax_prepare(struct mapped_device *md, struct dm_table *t);

/**
 * dm_dax_follow() - the table that becomes active says how writes become persistent
 * @md: the device
 * @t: the table
 */
void dm_dax_follow(struct mapped_device *md, struct dm_table *t);

/**
 * dm_dax_remove() - direct access ends, and nobody is in the middle of it any more
 * @md: a dead device, or one that nobody has seen
 */
void dm_dax_remove(struct mapped_device *md);

#else

static inline int dm_dax_prepare(struct mapped_device *md, struct dm_table *t)
{
	return 0;
}

static inline void dm_dax_follow(struct mapped_device *md, struct dm_table *t) {}
static inline void dm_dax_remove(struct mapped_device *md) {}

#endif

#endif
