// SPDX-License-Identifier: GPL-2.0
/* Suspending, swapping tables and resuming; by the user and from inside. */
#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "compat/zone.h"
#include "crypto.h"
#include "dax.h"
#include "device.h"
#include "io.h"
#include "limits.h"
#include "queue.h"
#include "table.h"
#include "uevent.h"
#include "zone.h"

#define DM_MSG_PREFIX "core"

/* Only who holds verbs changes the active slot, so it may look without slots. */
static struct dm_table *active_of(struct mapped_device *md)
{
	return rcu_dereference_protected(md->active, lockdep_is_held(&md->verbs));
}

static void gate_set(struct mapped_device *md, unsigned int gate)
{
	spin_lock_irq(&md->lock);
	/* pairs with the acquire in dm_gate_enter() */
	smp_store_release(&md->gate, gate);
	spin_unlock_irq(&md->lock);
}

static void gate_open(struct mapped_device *md)
{
	gate_set(md, 0);
	dm_queue_start(md);
	dm_defer_run(md);
}

static int fs_freeze(struct mapped_device *md)
{
	int r;

	if (!test_bit(DM_DEV_DISK_ADDED, &md->flags))
		return 0;
	r = bdev_freeze(md->disk->part0);
	md->frozen = !r;
	return r;
}

static void fs_thaw(struct mapped_device *md)
{
	if (md->frozen)
		bdev_thaw(md->disk->part0);
	md->frozen = false;
}

/* Close the gate and wait for I/O under way. On error the gate is open again. */
static int io_stop(struct mapped_device *md, unsigned int task_state)
{
	int r;

	dm_queue_stop(md);
	gate_set(md, DM_GATE_DEFER);
	dm_inflight_drain_begin(&md->inflight);
	r = dm_inflight_drain(&md->inflight, task_state);
	dm_inflight_drain_end(&md->inflight);
	if (r)
		gate_open(md);
	return r;
}

/* From active to quiesced, postsuspend done. */
static int suspend_to_quiesced(struct mapped_device *md, bool lockfs, bool noflush,
			       unsigned int task_state)
{
	struct dm_table *t = active_of(md);
	int r;

	r = dm_state_move(md, DM_STATE_SUSPENDING);
	if (r)
		return r;
	if (noflush)
		set_bit(DM_DEV_NOFLUSH, &md->flags);
	if (t)
		dm_table_presuspend(t);

	/* no-flush must not wait for what a freeze would write */
	if (lockfs && !noflush) {
		r = fs_freeze(md);
		if (r)
			goto undo;
	}
	r = io_stop(md, task_state);
	clear_bit(DM_DEV_NOFLUSH, &md->flags);
	if (r)
		goto undo;

	dm_state_move(md, DM_STATE_QUIESCED);
	if (t) {
		set_bit(DM_DEV_POST_SUSPENDING, &md->flags);
		dm_table_postsuspend(t);
		clear_bit(DM_DEV_POST_SUSPENDING, &md->flags);
	}
	return 0;

undo:
	clear_bit(DM_DEV_NOFLUSH, &md->flags);
	fs_thaw(md);
	if (t)
		dm_table_presuspend_undo(t);
	dm_state_move(md, DM_STATE_ACTIVE);
	/* a bio pushed back before the wait was given up */
	dm_defer_run(md);
	return r;
}

int dm_device_suspend(struct mapped_device *md, bool lockfs, bool noflush)
{
	int r;

	lockdep_assert_held(&md->verbs);
	if (dm_state_get(md) != DM_STATE_ACTIVE)
		return -EINVAL;
	r = suspend_to_quiesced(md, lockfs, noflush, TASK_INTERRUPTIBLE);
	if (!r)
		dm_state_move(md, DM_STATE_SUSPENDED);
	return r;
}

/* From resuming to active. The targets are resumed. */
static void resume_io(struct mapped_device *md)
{
	gate_open(md);
	fs_thaw(md);
	dm_state_move(md, DM_STATE_ACTIVE);
}

int dm_device_resume(struct mapped_device *md)
{
	struct dm_table *t = active_of(md);
	int r;

	lockdep_assert_held(&md->verbs);
	if (dm_state_get(md) != DM_STATE_SUSPENDED || !t || !dm_table_get_size(t))
		return -EINVAL;
	dm_state_move(md, DM_STATE_RESUMING);
	r = dm_table_resume(t);
	if (r) {
		dm_state_move(md, DM_STATE_SUSPENDED);
		return r;
	}
	resume_io(md);
	return 0;
}

void dm_device_undo_suspend(struct mapped_device *md)
{
	lockdep_assert_held(&md->verbs);
	if (dm_device_resume(md) && dm_state_get(md) == DM_STATE_SUSPENDED && !active_of(md)) {
		dm_state_move(md, DM_STATE_RESUMING);
		resume_io(md);
	}
}

int dm_device_may_replace(struct mapped_device *md, struct dm_table *t)
{
	struct dm_table *now;
	int r = 0;

	down_read(&md->slots);
	now = rcu_dereference_protected(md->active, lockdep_is_held(&md->slots));
	if (now && now->immutable && now->immutable != t->immutable &&
	    !(t->num_targets && dm_target_is_wildcard(t->targets[0].type))) {
		pr_err(DM_NAME ": ioctl: can't replace immutable target type %s\n",
		       now->immutable->tt->name);
		r = -EINVAL;
	}
	up_read(&md->slots);
	return r;
}

static void table_event(void *context)
{
	/* who waits for the event finds the uevents sent */
	dm_device_uevents_send(context);
	dm_device_event(context);
}

int dm_device_swap(struct mapped_device *md, struct dm_table *t, struct dm_table **old)
{
	sector_t size = dm_table_get_size(t);
	struct dm_limits limits;
	int r;

	lockdep_assert_held(&md->verbs);
	if (dm_state_get(md) != DM_STATE_SUSPENDED)
		return -EINVAL;
	/* what it was loaded to replace may have been replaced meanwhile */
	r = dm_device_may_replace(md, t);
	if (!r)
		r = dm_limits_gather(t, &limits);
	if (!r && limits.diskless && active_of(md))
		dm_limits_keep(&limits, md->disk);
	if (!r) {
		t->zone_sectors = limits.zone_sectors;
		r = dm_zone_writes_create(t);
	}
	if (!r)
		r = dm_limits_set(md->disk, &limits);
	if (r)
		return r;

	dm_dax_follow(md, t);
	dm_crypto_follow(md, t);
	dm_table_set_event(t, table_event, md);
	down_write(&md->slots);
	*old = active_of(md);
	if (size != get_capacity(md->disk)) {
		memset(&md->geometry, 0, sizeof(md->geometry));
		set_capacity(md->disk, size);
	}
	if (dm_table_zones(t) != dm_compat_disk_zones(md->disk)) {
		dm_compat_disk_set_zones(md->disk, dm_table_zones(t));
		dm_zoned_say(t, &limits);
	}
	/* no I/O is under way, and who finds the gate open again finds this table */
	rcu_assign_pointer(md->active, t);
	up_write(&md->slots);
	if (*old)
		dm_table_set_event(*old, NULL, NULL);
	return 0;
}

int dm_device_lock_unheld(struct mapped_device *md)
{
	for (;;) {
		mutex_lock(&md->verbs);
		if (!dm_state_held(dm_state_get(md)))
			return 0;
		mutex_unlock(&md->verbs);
		if (wait_event_interruptible(md->state_wait, !dm_state_held(dm_state_get(md))))
			return -EINTR;
	}
}

void dm_device_drain(struct mapped_device *md)
{
	struct dm_table *t;
	bool quiesced;

	mutex_lock(&md->verbs);
	t = active_of(md);
	quiesced = READ_ONCE(md->gate);
	if (t && !quiesced)
		dm_table_presuspend(t);
	gate_set(md, DM_GATE_DEAD);
	dm_inflight_drain_begin(&md->inflight);
	dm_inflight_drain(&md->inflight, TASK_UNINTERRUPTIBLE);
	dm_inflight_drain_end(&md->inflight);
	if (t && !quiesced) {
		set_bit(DM_DEV_POST_SUSPENDING, &md->flags);
		dm_table_postsuspend(t);
		clear_bit(DM_DEV_POST_SUSPENDING, &md->flags);
	}
	fs_thaw(md);
	mutex_unlock(&md->verbs);
	dm_defer_fail_all(md);
	flush_workqueue(md->wq);
}

/*
 * Internal suspends: taken by targets (snapshots, thin pools) on other
 * devices, the caller's own verbs being held: a target's device is never below
 * itself. They nest, and user verbs wait until the last is over.
 */

/**
 * dm_internal_suspend_noflush() - suspend a device from inside the kernel
 * @md: the device
 *
 * Targets are told; I/O under way is waited for, without flushing. Where the
 * user has suspended the device, it only stays so until the resume.
 *
 * Context: may sleep. Paired with dm_internal_resume().
 */
void dm_internal_suspend_noflush(struct mapped_device *md)
{
	mutex_lock_nested(&md->verbs, SINGLE_DEPTH_NESTING);
	if (!md->hold_count++) {
		if (dm_state_get(md) == DM_STATE_SUSPENDED)
			dm_state_move(md, DM_STATE_SUSPENDED_HELD);
		else if (!suspend_to_quiesced(md, false, true, TASK_UNINTERRUPTIBLE))
			dm_state_move(md, DM_STATE_HELD);
	}
	mutex_unlock(&md->verbs);
}
EXPORT_SYMBOL_GPL(dm_internal_suspend_noflush);

static void hold_end(struct mapped_device *md)
{
	struct dm_table *t = active_of(md);

	if (dm_state_get(md) == DM_STATE_SUSPENDED_HELD) {
		dm_state_move(md, DM_STATE_SUSPENDED);
		return;
	}
	if (dm_state_get(md) != DM_STATE_HELD)
		return;
	if (!test_and_clear_bit(DM_DEV_HOLD_FAST, &md->flags)) {
		dm_state_move(md, DM_STATE_RESUMING);
		/* preresume has no way to fail here; what it says is in the log */
		if (t)
			dm_table_resume(t);
	}
	resume_io(md);
}

/**
 * dm_internal_resume() - the end of dm_internal_suspend_noflush()
 * @md: the device
 */
void dm_internal_resume(struct mapped_device *md)
{
	mutex_lock_nested(&md->verbs, SINGLE_DEPTH_NESTING);
	if (!WARN_ON_ONCE(!md->hold_count) && !--md->hold_count)
		hold_end(md);
	mutex_unlock(&md->verbs);
	wake_up_all(&md->state_wait);
}
EXPORT_SYMBOL_GPL(dm_internal_resume);

/**
 * dm_internal_suspend_fast() - only stop I/O, the targets are not told
 * @md: the device
 *
 * Context: may sleep. Paired with dm_internal_resume_fast(), as soon as can be.
 */
void dm_internal_suspend_fast(struct mapped_device *md)
{
	mutex_lock_nested(&md->verbs, SINGLE_DEPTH_NESTING);
	if (!md->hold_count++) {
		if (dm_state_get(md) == DM_STATE_SUSPENDED) {
			dm_state_move(md, DM_STATE_SUSPENDED_HELD);
		} else if (!dm_state_move(md, DM_STATE_SUSPENDING)) {
			io_stop(md, TASK_UNINTERRUPTIBLE);
			set_bit(DM_DEV_HOLD_FAST, &md->flags);
			dm_state_move(md, DM_STATE_HELD);
		}
	}
	mutex_unlock(&md->verbs);
}
EXPORT_SYMBOL_GPL(dm_internal_suspend_fast);

/**
 * dm_internal_resume_fast() - the end of dm_internal_suspend_fast()
 * @md: the device
 */
void dm_internal_resume_fast(struct mapped_device *md)
{
	dm_internal_resume(md);
}
EXPORT_SYMBOL_GPL(dm_internal_resume_fast);
