// SPDX-License-Identifier: GPL-2.0
/* Underlying block devices, see include/lower.h. */
#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/stringhash.h>

#include "compat/exports.h"
#include "device.h"
#include "lower.h"
#include "table.h"

#define DM_MSG_PREFIX "table"

/* The claim on every underlying device: mapped devices may share one. */
static const char dm_holder[] = "device-mapper";

struct path_entry {
	struct hlist_node node;
	dev_t dev;
	char path[];
};

static int lower_link(struct mapped_device *md, struct dm_lower *lower)
	__must_hold(&md->lowers_lock)
{
	int r;

	if (!md->lowers_linked || lower->linked)
		return 0;
	r = bd_link_disk_holder(lower->dev.bdev, md->disk);
	lower->linked = !r;
	return r;
}

static void lower_unlink(struct mapped_device *md, struct dm_lower *lower)
	__must_hold(&md->lowers_lock)
{
	if (lower->linked)
		bd_unlink_disk_holder(lower->dev.bdev, md->disk);
	lower->linked = false;
}

static struct dm_lower *lower_open(struct mapped_device *md, dev_t dev, blk_mode_t mode)
{
	struct dm_lower *lower = kzalloc(sizeof(*lower), GFP_KERNEL);
	u64 start;
	int r;

	if (!lower)
		return ERR_PTR(-ENOMEM);
	r = dm_compat_bdev_open(&lower->dev, dev, mode, (void *)dm_holder);
	if (r) {
		kfree(lower);
		return ERR_PTR(r);
	}
	format_dev_t(lower->dev.name, dev);
	lower->dev.dax_dev = fs_dax_get_by_bdev(lower->dev.bdev, &start, NULL, NULL);
	return lower;
}

static void lower_close(struct dm_lower *lower)
{
	put_dax(lower->dev.dax_dev);
	dm_compat_bdev_close(&lower->dev);
	kfree(lower);
}

static struct dm_lower *lower_get(struct mapped_device *md, dev_t dev, blk_mode_t mode)
{
	struct dm_lower *lower;
	int r;

	mutex_lock(&md->lowers_lock);
	list_for_each_entry(lower, &md->lowers, list)
		if (lower->dev.bdev->bd_dev == dev && lower->dev.mode == mode) {
			lower->users++;
			goto out;
		}

	lower = lower_open(md, dev, mode);
	if (IS_ERR(lower))
		goto out;
	r = lower_link(md, lower);
	if (r) {
		lower_close(lower);
		lower = ERR_PTR(r);
		goto out;
	}
	lower->users = 1;
	list_add(&lower->list, &md->lowers);
out:
	mutex_unlock(&md->lowers_lock);
	return lower;
}

static void lower_put(struct mapped_device *md, struct dm_lower *lower)
{
	mutex_lock(&md->lowers_lock);
	if (!--lower->users) {
		lower_unlink(md, lower);
		list_del(&lower->list);
		lower_close(lower);
	}
	mutex_unlock(&md->lowers_lock);
}

int dm_lowers_link(struct mapped_device *md)
{
	struct dm_lower *lower;
	int r = 0;

	mutex_lock(&md->lowers_lock);
	md->lowers_linked = true;
	list_for_each_entry(lower, &md->lowers, list) {
		r = lower_link(md, lower);
		if (r)
			break;
	}
	if (r)
		list_for_each_entry(lower, &md->lowers, list)
			lower_unlink(md, lower);
	mutex_unlock(&md->lowers_lock);
	return r;
}

void dm_lowers_unlink(struct mapped_device *md)
{
	struct dm_lower *lower;

	mutex_lock(&md->lowers_lock);
	list_for_each_entry(lower, &md->lowers, list)
		lower_unlink(md, lower);
	md->lowers_linked = false;
	mutex_unlock(&md->lowers_lock);
}

void dm_table_devices_init(struct dm_table_devices *devs)
{
	init_rwsem(&devs->lock);
	INIT_LIST_HEAD(&devs->list);
	xa_init(&devs->by_number);
	devs->loading = true;
	devs->path_last = NULL;
	hash_init(devs->paths);
}

void dm_table_devices_forget_paths(struct dm_table_devices *devs)
{
	struct path_entry *entry;
	struct hlist_node *next;
	int bucket;

	devs->loading = false;
	devs->path_last = NULL;
	hash_for_each_safe(devs->paths, bucket, next, entry, node) {
		hash_del(&entry->node);
		kfree(entry);
	}
}

static void table_device_free(struct mapped_device *md, struct dm_table_device *td)
{
	lower_put(md, td->lower);
	kfree(td);
}

unsigned int dm_table_devices_exit(struct mapped_device *md, struct dm_table_devices *devs)
{
	struct dm_table_device *td, *next, *older;
	unsigned int left = 0;

	list_for_each_entry_safe(td, next, &devs->list, list) {
		for (; td; td = older, left++) {
			older = td->older;
			table_device_free(md, td);
		}
	}
	INIT_LIST_HEAD(&devs->list);
	xa_destroy(&devs->by_number);
	dm_table_devices_forget_paths(devs);
	return left;
}

static int path_resolve(const char *path, dev_t *dev)
{
	unsigned int major, minor;
	char rest;

	if (sscanf(path, "%u:%u%c", &major, &minor, &rest) == 2) {
		*dev = MKDEV(major, minor);
		return MAJOR(*dev) == major && MINOR(*dev) == minor ? 0 : -EOVERFLOW;
	}
	return dm_compat_bdev_lookup(path, dev);
}

bool dm_lower_ready(const char *path)
{
	dev_t dev;

	/* a node may be there, and no device: only an open shows it */
	return !path_resolve(path, &dev) && dm_compat_bdev_opens(dev);
}

#ifdef DM_COMPAT_GET_DEV_T
dev_t dm_get_dev_t(const char *path)
{
	dev_t dev;

	return path_resolve(path, &dev) ? 0 : dev;
}
EXPORT_SYMBOL_GPL(dm_get_dev_t);
#else
int dm_devt_from_path(const char *path, dev_t *dev)
{
	return path_resolve(path, dev);
}
EXPORT_SYMBOL(dm_devt_from_path);
#endif

static struct path_entry *path_find(struct dm_table_devices *devs, const char *path, u32 key)
{
	struct path_entry *entry;

	hash_for_each_possible(devs->paths, entry, node, key)
		if (!strcmp(entry->path, path))
			return entry;
	return NULL;
}

/* A path seen before in this load is not resolved again. */
static int path_resolve_cached(struct dm_table_devices *devs, const char *path, dev_t *dev)
{
	struct path_entry *entry = devs->path_last;
	size_t len;
	u32 key;
	int r;

	if (!devs->loading)
		return path_resolve(path, dev);
	if (entry && !strcmp(entry->path, path)) {
		*dev = entry->dev;
		return 0;
	}
	len = strlen(path);
	key = full_name_hash(NULL, path, len);
	entry = path_find(devs, path, key);
	if (entry) {
		devs->path_last = entry;
		*dev = entry->dev;
		return 0;
	}

	r = path_resolve(path, dev);
	if (r)
		return r;
	entry = kmalloc(struct_size(entry, path, len + 1), GFP_KERNEL);
	if (entry) {
		entry->dev = *dev;
		memcpy(entry->path, path, len + 1);
		hash_add(devs->paths, &entry->node, key);
		devs->path_last = entry;
	}
	/* without memory for the entry it is only slower */
	return 0;
}

/* A new entry for @dev, open for @mode, in front of @older where there is one. */
static struct dm_table_device *table_device_add(struct dm_table *t, dev_t dev, blk_mode_t mode,
						struct dm_table_device *older)
	__must_hold(&t->devices.lock)
{
	struct dm_table_device *td = kzalloc(sizeof(*td), GFP_KERNEL);
	int r;

	if (!td)
		return ERR_PTR(-ENOMEM);
	td->lower = lower_get(t->md, dev, mode);
	if (IS_ERR(td->lower)) {
		r = PTR_ERR(td->lower);
		goto bad_lower;
	}
	r = xa_err(xa_store(&t->devices.by_number, dev, td, GFP_KERNEL));
	if (r)
		goto bad_store;
	td->older = older;
	if (older)
		list_replace(&older->list, &td->list);
	else
		list_add(&td->list, &t->devices.list);
	return td;

bad_store:
	lower_put(t->md, td->lower);
bad_lower:
	kfree(td);
	return ERR_PTR(r);
}

int dm_get_device(struct dm_target *ti, const char *path, blk_mode_t mode,
		  struct dm_dev **result)
{
	struct dm_table *t = ti->table;
	struct dm_table_device *td;
	dev_t dev;
	int r;

	r = path_resolve_cached(&t->devices, path, &dev);
	if (r)
		return r;
	/* a device on top of itself would never finish an I/O */
	if (dev == disk_devt(t->md->disk))
		return test_bit(DM_DEV_DISK_ADDED, &t->md->flags) ? -EINVAL : -ENXIO;

	down_write(&t->devices.lock);
	td = xa_load(&t->devices.by_number, dev);
	if (!td || (td->lower->dev.mode & mode) != mode)
		td = table_device_add(t, dev, td ? td->lower->dev.mode | mode : mode, td);
	if (IS_ERR(td)) {
		r = PTR_ERR(td);
	} else {
		td->users++;
		*result = &td->lower->dev;
	}
	up_write(&t->devices.lock);
	return r;
}
EXPORT_SYMBOL(dm_get_device);

/* Take an entry that nobody uses any more out of the table. */
static void table_device_remove(struct dm_table *t, struct dm_table_device *td)
	__must_hold(&t->devices.lock)
{
	dev_t dev = td->lower->dev.bdev->bd_dev;
	struct dm_table_device *at = xa_load(&t->devices.by_number, dev);

	if (at != td) {
		while (at->older != td)
			at = at->older;
		at->older = td->older;
	} else if (td->older) {
		list_replace(&td->list, &td->older->list);
		/* replaces an entry that is there: allocates nothing */
		xa_store(&t->devices.by_number, dev, td->older, GFP_NOWAIT);
	} else {
		list_del(&td->list);
		xa_erase(&t->devices.by_number, dev);
	}
}

void dm_put_device(struct dm_target *ti, struct dm_dev *d)
{
	struct dm_table *t = ti->table;
	struct dm_table_device *td;
	bool last = false;

	down_write(&t->devices.lock);
	td = xa_load(&t->devices.by_number, d->bdev->bd_dev);
	while (td && &td->lower->dev != d)
		td = td->older;
	if (!td)
		DMERR("%s: device %s not in table devices list", dm_device_name(t->md), d->name);
	else
		last = !--td->users;
	if (last)
		table_device_remove(t, td);
	up_write(&t->devices.lock);
	if (last)
		table_device_free(t->md, td);
}
EXPORT_SYMBOL(dm_put_device);
