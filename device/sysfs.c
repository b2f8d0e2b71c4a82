// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/block/dm-N/dm/. A group of the disk's own attributes, so that it comes
 * before the uevent that announces the disk, and goes, readers waited for,
 * with the disk (CVE-2017-18203).
 */
#include <linux/blkdev.h>
#include <linux/device.h>
#include <linux/dm-ioctl.h>

#include "device.h"
#include "index.h"

static struct mapped_device *md_of(struct device *dev)
{
	return dev_to_disk(dev)->private_data;
}

static ssize_t name_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	char name[DM_NAME_LEN];

	if (dm_index_names(md_of(dev), name, NULL))
		return -EIO;
	return sysfs_emit(buf, "%s\n", name);
}
static DEVICE_ATTR_RO(name);

static ssize_t uuid_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	char uuid[DM_UUID_LEN];

	if (dm_index_names(md_of(dev), NULL, uuid))
		return -EIO;
	return sysfs_emit(buf, "%s\n", uuid);
}
static DEVICE_ATTR_RO(uuid);

static ssize_t suspended_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", dm_state_suspended(dm_state_get(md_of(dev))));
}
static DEVICE_ATTR_RO(suspended);

static ssize_t use_blk_mq_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	/* always, whatever the module parameter says: there is nothing else */
	return sysfs_emit(buf, "1\n");
}
static DEVICE_ATTR_RO(use_blk_mq);

/* Merging ahead of a deadline went with the old request queue; read as zero. */
static ssize_t rq_based_seq_io_merge_deadline_show(struct device *dev,
						   struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0\n");
}

static ssize_t rq_based_seq_io_merge_deadline_store(struct device *dev,
						    struct device_attribute *attr,
						    const char *buf, size_t count)
{
	return count;
}
static DEVICE_ATTR_RW(rq_based_seq_io_merge_deadline);

static struct attribute *dm_attrs[] = {
	&dev_attr_name.attr,
	&dev_attr_uuid.attr,
	&dev_attr_suspended.attr,
	&dev_attr_use_blk_mq.attr,
	&dev_attr_rq_based_seq_io_merge_deadline.attr,
	NULL
};

static const struct attribute_group dm_group = {
	.name = "dm",
	.attrs = dm_attrs,
};

const struct attribute_group *dm_sysfs_groups[] = { &dm_group, NULL };
