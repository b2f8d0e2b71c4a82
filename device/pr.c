// SPDX-License-Identifier: GPL-2.0
/*
 * Persistent reservations: passed on to the disk below, or to each path to it
 * where a target has several.
 *
 * A registration is one of an initiator and a path: all of them get it. But a
 * reservation is held by the one path that took it (for most types), and a disk
 * says that a release went well that came by another path and did nothing. So
 * reserving always begins at the first path, and releasing goes to all.
 */
#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/pr.h>

#include "compat/pr.h"
#include "device.h"
#include "table.h"

struct pr_call {
	int (*one)(struct block_device *bdev, const struct pr_ops *ops,
		   const struct pr_call *call);
	u64 old_key, new_key;
	enum pr_type type;
	u32 flags;
	bool abort;

	unsigned int limit;	/* of devices below, this many */
	unsigned int done;	/* devices that took it, until one did not */
	int r;			/* of the device that counts */
};

/*
 * The only target of the active table, which stays until pr_end(). As with other
 * ioctls the call counts as I/O under way.
 */
static struct dm_target *pr_begin(struct mapped_device *md)
{
	struct dm_table *t;

	preempt_disable();
	t = dm_gate_enter(md);
	preempt_enable();
	if (!t)
		return ERR_PTR(dm_device_ioctl_refused(md));
	if (t->num_targets == 1)
		return t->targets;
	dm_inflight_finish(&md->inflight);
	return ERR_PTR(-ENOTTY);
}

static void pr_end(struct mapped_device *md)
{
	dm_inflight_finish(&md->inflight);
}

static int pr_device(struct block_device *bdev, const struct pr_call *call)
{
	const struct pr_ops *ops = bdev->bd_disk->fops->pr_ops;

	return ops ? call->one(bdev, ops, call) : -EOPNOTSUPP;
}

/* Until the first that refuses. */
static int pr_until_error(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			  sector_t len, void *data)
{
	struct pr_call *call = data;

	if (call->done == call->limit)
		return 0;
	call->r = pr_device(dev->bdev, call);
	call->done += !call->r;
	return call->r ? -EIO : 0;
}

/* Until the first that takes it. */
static int pr_until_success(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			    sector_t len, void *data)
{
	struct pr_call *call = data;

	call->r = pr_device(dev->bdev, call);
	return call->r ? 0 : 1;
}

/* To all, whatever some say; the first error counts. */
static int pr_each(struct dm_target *ti, struct dm_dev *dev, sector_t start,
		   sector_t len, void *data)
{
	struct pr_call *call = data;
	int r;

	if (call->done == call->limit)
		return 0;
	call->done++;
	r = pr_device(dev->bdev, call);
	if (!call->r)
		call->r = r;
	return 0;
}

static int pr_send(struct dm_target *ti, iterate_devices_callout_fn fn, struct pr_call *call)
{
	call->r = 0;
	call->done = 0;
	ti->type->iterate_devices(ti, fn, call);
	return call->r;
}

/* Send a call below in one of the ways above. */
static int pr_call(struct block_device *bdev, iterate_devices_callout_fn fn,
		   struct pr_call *call)
{
	struct mapped_device *md = bdev->bd_disk->private_data;
	struct dm_target *ti = pr_begin(md);
	int r = -EINVAL;

	if (IS_ERR(ti))
		return PTR_ERR(ti);
	call->limit = UINT_MAX;
	if (ti->type->iterate_devices)
		r = pr_send(ti, fn, call);
	pr_end(md);
	return r;
}

static int one_register(struct block_device *bdev, const struct pr_ops *ops,
			const struct pr_call *call)
{
	return ops->pr_register ?
	       ops->pr_register(bdev, call->old_key, call->new_key, call->flags) : -EOPNOTSUPP;
}

static int one_reserve(struct block_device *bdev, const struct pr_ops *ops,
		       const struct pr_call *call)
{
	return ops->pr_reserve ?
	       ops->pr_reserve(bdev, call->old_key, call->type, call->flags) : -EOPNOTSUPP;
}

static int one_release(struct block_device *bdev, const struct pr_ops *ops,
		       const struct pr_call *call)
{
	return ops->pr_release ? ops->pr_release(bdev, call->old_key, call->type) : -EOPNOTSUPP;
}

static int one_preempt(struct block_device *bdev, const struct pr_ops *ops,
		       const struct pr_call *call)
{
	return ops->pr_preempt ?
	       ops->pr_preempt(bdev, call->old_key, call->new_key, call->type, call->abort) :
	       -EOPNOTSUPP;
}

static int pr_register(struct block_device *bdev, u64 old_key, u64 new_key, u32 flags)
{
	struct mapped_device *md = bdev->bd_disk->private_data;
	struct pr_call call = {
		.one = one_register, .old_key = old_key, .new_key = new_key, .flags = flags,
		.limit = UINT_MAX,
	};
	struct dm_target *ti;
	int r = -EINVAL;

	/* a path that is not registered does not keep the others from leaving */
	if (!new_key)
		return pr_call(bdev, pr_each, &call);
	ti = pr_begin(md);
	if (IS_ERR(ti))
		return PTR_ERR(ti);
	if (!ti->type->iterate_devices)
		goto out;
	r = pr_send(ti, pr_until_error, &call);
	if (r && call.done) {
		/* on all paths or on none */
		call.old_key = new_key;
		call.new_key = 0;
		call.flags = 0;
		call.limit = call.done;
		pr_send(ti, pr_each, &call);
	}
out:
	pr_end(md);
	return r;
}

static int pr_reserve(struct block_device *bdev, u64 key, enum pr_type type, u32 flags)
{
	struct pr_call call = {
		.one = one_reserve, .old_key = key, .type = type, .flags = flags,
	};

	return pr_call(bdev, pr_until_success, &call);
}

static int pr_release(struct block_device *bdev, u64 key, enum pr_type type)
{
	struct pr_call call = { .one = one_release, .old_key = key, .type = type };

	return pr_call(bdev, pr_each, &call);
}

static int pr_preempt(struct block_device *bdev, u64 old_key, u64 new_key, enum pr_type type,
		      bool abort)
{
	struct pr_call call = {
		.one = one_preempt, .old_key = old_key, .new_key = new_key, .type = type,
		.abort = abort,
	};

	return pr_call(bdev, pr_until_success, &call);
}

/* What concerns the disk and no path goes where other ioctls go. */
static const struct pr_ops *disk_begin(struct block_device *bdev, struct block_device **below)
{
	struct mapped_device *md = bdev->bd_disk->private_data;
	struct dm_target *ti = pr_begin(md);
	int r = -ENOTTY;

	if (IS_ERR(ti))
		return ERR_CAST(ti);
	if (ti->type->prepare_ioctl)
		r = ti->type->prepare_ioctl(ti, below);
	if (r >= 0) {
		const struct pr_ops *ops = (*below)->bd_disk->fops->pr_ops;

		if (ops)
			return ops;
		r = -EOPNOTSUPP;
	}
	pr_end(md);
	return ERR_PTR(r);
}

static int pr_clear(struct block_device *bdev, u64 key)
{
	struct block_device *below;
	const struct pr_ops *ops = disk_begin(bdev, &below);
	int r;

	if (IS_ERR(ops))
		return PTR_ERR(ops);
	r = ops->pr_clear ? ops->pr_clear(below, key) : -EOPNOTSUPP;
	pr_end(bdev->bd_disk->private_data);
	return r;
}

#ifdef DM_COMPAT_PR_READ
static int pr_read_keys(struct block_device *bdev, struct pr_keys *keys)
{
	struct block_device *below;
	const struct pr_ops *ops = disk_begin(bdev, &below);
	int r;

	if (IS_ERR(ops))
		return PTR_ERR(ops);
	r = ops->pr_read_keys ? ops->pr_read_keys(below, keys) : -EOPNOTSUPP;
	pr_end(bdev->bd_disk->private_data);
	return r;
}

static int pr_read_reservation(struct block_device *bdev, struct pr_held_reservation *held)
{
	struct block_device *below;
	const struct pr_ops *ops = disk_begin(bdev, &below);
	int r;

	if (IS_ERR(ops))
		return PTR_ERR(ops);
	r = ops->pr_read_reservation ? ops->pr_read_reservation(below, held) : -EOPNOTSUPP;
	pr_end(bdev->bd_disk->private_data);
	return r;
}
#endif

const struct pr_ops dm_pr_ops = {
	.pr_register	= pr_register,
	.pr_reserve	= pr_reserve,
	.pr_release	= pr_release,
	.pr_preempt	= pr_preempt,
	.pr_clear	= pr_clear,
#ifdef DM_COMPAT_PR_READ
	.pr_read_keys	= pr_read_keys,
	.pr_read_reservation = pr_read_reservation,
#endif
};
