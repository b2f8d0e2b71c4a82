// SPDX-License-Identifier: GPL-2.0
/* The block device of a mapped device. */
#include <linux/blkdev.h>
#include <linux/capability.h>
#include <linux/delay.h>
#include <linux/hdreg.h>
#include <linux/sched/signal.h>

#include "compat/disk.h"
#include "compat/rcu.h"
#include "device.h"
#include "io.h"
#include "lower.h"
#include "params.h"
#include "queue.h"
#include "table.h"
#include "verbs.h"
#include "zone.h"

#define DM_MSG_PREFIX "core"

unsigned int dm_major;

int dm_disk_start(void)
{
	int r;

	dm_major = dm_major_wanted();
	r = register_blkdev(dm_major, DM_NAME);
	if (r < 0)
		return r;
	if (!dm_major)
		dm_major = r;
	return 0;
}

void dm_disk_stop(void)
{
	unregister_blkdev(dm_major, DM_NAME);
}

static int disk_open(DM_COMPAT_OPEN_ARGS)
{
	struct mapped_device *md = DM_COMPAT_OPEN_DISK->private_data;
	unsigned long irq;
	int r = 0;

	spin_lock_irqsave(&md->lock, irq);
	if (md->state == DM_STATE_DEAD)
		r = -ENXIO;
	else
		md->openers++;
	spin_unlock_irqrestore(&md->lock, irq);
	return r;
}

static void disk_release(DM_COMPAT_RELEASE_ARGS)
{
	struct mapped_device *md = disk->private_data;
	unsigned long irq;
	bool remove;

	spin_lock_irqsave(&md->lock, irq);
	remove = !--md->openers && test_bit(DM_DEV_REMOVE_ON_CLOSE, &md->flags);
	/* while the lock is held the device cannot be killed and go */
	if (remove)
		dm_device_get(md);
	spin_unlock_irqrestore(&md->lock, irq);
	/* the block layer holds the mutex that removing the disk takes */
	if (remove)
		dm_verb_remove_queue(md);
}

static bool passes_ioctls(const struct dm_table *t)
{
	return t && t->num_targets == 1 && t->targets[0].type->prepare_ioctl;
}

int dm_device_ioctl_refused(struct mapped_device *md)
{
	int r;

	down_read(&md->slots);
	r = passes_ioctls(rcu_dereference_protected(md->active,
						    lockdep_is_held(&md->slots))) ?
	    -EAGAIN : -ENOTTY;
	up_read(&md->slots);
	return r;
}

/*
 * An ioctl of the disk below, where a table has one target that knows which.
 * The call counts as I/O under way, so that the table stays. @again is set where
 * the target has none at present, and may have one soon.
 */
static int ioctl_pass(struct block_device *bdev, blk_mode_t mode, unsigned int cmd,
		      unsigned long arg, bool *again)
{
	struct mapped_device *md = bdev->bd_disk->private_data;
	struct block_device *below;
	struct dm_target *ti;
	struct dm_table *t;
	int r = -ENOTTY;

	*again = false;
	preempt_disable();
	t = dm_gate_enter(md);
	preempt_enable();
	if (!t)
		return dm_device_ioctl_refused(md);

	if (!passes_ioctls(t))
		goto out;
	ti = t->targets;
	r = ti->type->prepare_ioctl(ti, &below);
	*again = r == -ENOTCONN;
	if (r < 0)
		goto out;
	/* the target does not cover the whole disk below */
	if (r > 0 && !capable(CAP_SYS_RAWIO)) {
		DMDEBUG_LIMIT("%s: sending ioctl %x to DM device without required privilege.",
			      current->comm, cmd);
		r = -ENOIOCTLCMD;
		goto out;
	}
	if (below->bd_disk->fops->ioctl)
		r = below->bd_disk->fops->ioctl(below, mode, cmd, arg);
	else
		r = -ENOTTY;
out:
	dm_inflight_finish(&md->inflight);
	return r;
}

/* How long to wait for a path that an ioctl can take, in us. */
#define IOCTL_REST (10 * USEC_PER_MSEC)

static int disk_ioctl(struct block_device *bdev, blk_mode_t mode, unsigned int cmd,
		      unsigned long arg)
{
	bool again;
	int r;

	for (;;) {
		r = ioctl_pass(bdev, mode, cmd, arg, &again);
		if (!again || fatal_signal_pending(current))
			return r;
		fsleep(IOCTL_REST);
	}
}

static int disk_getgeo(struct block_device *bdev, struct hd_geometry *geo)
{
	struct mapped_device *md = bdev->bd_disk->private_data;

	down_read(&md->slots);
	*geo = md->geometry;
	up_read(&md->slots);
	return 0;
}

static const struct block_device_operations disk_ops = {
	.owner		= THIS_MODULE,
	.submit_bio	= dm_io_submit,
	.open		= disk_open,
	.release	= disk_release,
	.ioctl		= disk_ioctl,
	.getgeo		= disk_getgeo,
	.pr_ops		= &dm_pr_ops,
#ifdef CONFIG_BLK_DEV_ZONED
	.report_zones	= dm_zone_report_disk,
#endif
};

/* The block layer finds no submit_bio, and uses the queue. */
static const struct block_device_operations disk_request_ops = {
	.owner		= THIS_MODULE,
	.open		= disk_open,
	.release	= disk_release,
	.ioctl		= disk_ioctl,
	.getgeo		= disk_getgeo,
	.pr_ops		= &dm_pr_ops,
};

void dm_disk_take_requests(struct mapped_device *md)
{
	md->disk->fops = &disk_request_ops;
}

int dm_disk_alloc(struct mapped_device *md)
{
	struct gendisk *disk = dm_compat_disk_alloc(dm_numa_node());

	if (IS_ERR(disk))
		return PTR_ERR(disk);
	disk->major = dm_major;
	disk->first_minor = md->minor;
	disk->minors = 1;
	/* kpartx makes partitions of a mapped device, as mapped devices */
	disk->flags |= GENHD_FL_NO_PART;
	disk->fops = &disk_ops;
	disk->private_data = md;
	sprintf(disk->disk_name, "dm-%d", md->minor);
	md->disk = disk;
	return 0;
}

int dm_disk_publish(struct mapped_device *md)
{
	int r;

	lockdep_assert_held(&md->loads);
	if (test_bit(DM_DEV_DISK_ADDED, &md->flags))
		return dm_lowers_link(md);
	r = device_add_disk(NULL, md->disk, dm_sysfs_groups);
	if (r)
		return r;
	/* a disk that was deleted cannot be added again: it stays, whatever follows */
	set_bit(DM_DEV_DISK_ADDED, &md->flags);
	return dm_lowers_link(md);
}

void dm_disk_remove(struct mapped_device *md)
{
	if (!test_and_clear_bit(DM_DEV_DISK_ADDED, &md->flags))
		return;
	dm_lowers_unlink(md);
	/* what is left in the queue fails, for the disk's end waits for it */
	dm_queue_start(md);
	/*
	 * The block layer waits here for whoever may still look at the queue. They
	 * are few and quick, and who removes a thousand devices waits as often.
	 */
	rcu_expedite_gp();
	del_gendisk(md->disk);
	rcu_unexpedite_gp();
}
