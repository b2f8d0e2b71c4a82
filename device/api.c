// SPDX-License-Identifier: GPL-2.0
/*
 * What <linux/device-mapper.h> offers to targets about mapped devices. The
 * contract of each is in that header.
 */
#include <linux/blkdev.h>
#include <linux/module.h>

#include "compat/exports.h"
#include "device.h"
#include "index.h"
#include "table.h"

struct mapped_device *dm_get_md(dev_t dev)
{
	return dm_device_find(dev);
}
EXPORT_SYMBOL_GPL(dm_get_md);

void dm_get(struct mapped_device *md)
{
	dm_device_get(md);
}

int dm_hold(struct mapped_device *md)
{
	if (dm_state_get(md) == DM_STATE_DEAD)
		return -EBUSY;
	dm_device_get(md);
	return 0;
}
EXPORT_SYMBOL_GPL(dm_hold);

void dm_put(struct mapped_device *md)
{
	dm_device_put(md);
}
EXPORT_SYMBOL_GPL(dm_put);

void dm_set_mdptr(struct mapped_device *md, void *ptr)
{
	md->mdptr = ptr;
}

void *dm_get_mdptr(struct mapped_device *md)
{
	return md->mdptr;
}

const char *dm_device_name(struct mapped_device *md)
{
	return md->devname;
}
EXPORT_SYMBOL_GPL(dm_device_name);

int dm_copy_name_and_uuid(struct mapped_device *md, char *name, char *uuid)
{
	return dm_index_names(md, name, uuid);
}
EXPORT_SYMBOL_GPL(dm_copy_name_and_uuid);

struct gendisk *dm_disk(struct mapped_device *md)
{
	return md->disk;
}
EXPORT_SYMBOL_GPL(dm_disk);

#ifdef DM_COMPAT_GET_QUEUE_LIMITS
struct queue_limits *dm_get_queue_limits(struct mapped_device *md)
{
	return &md->disk->queue->limits;
}
EXPORT_SYMBOL_GPL(dm_get_queue_limits);
#endif

int dm_suspended(struct dm_target *ti)
{
	return dm_state_suspended(dm_state_get(ti->table->md));
}
EXPORT_SYMBOL_GPL(dm_suspended);

int dm_post_suspending(struct dm_target *ti)
{
	return test_bit(DM_DEV_POST_SUSPENDING, &ti->table->md->flags);
}
EXPORT_SYMBOL_GPL(dm_post_suspending);

int dm_noflush_suspending(struct dm_target *ti)
{
	return test_bit(DM_DEV_NOFLUSH, &ti->table->md->flags);
}
EXPORT_SYMBOL_GPL(dm_noflush_suspending);

u32 dm_get_event_nr(struct mapped_device *md)
{
	return dm_device_event_nr(md);
}
