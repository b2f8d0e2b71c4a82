/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mapped device: what it holds, who may change it, how long it lives.
 *
 * Lock order, outermost first (lockdep sees every pair):
 *
 *	md->verbs		one change of state at a time: suspend, resume, remove
 *	  md->loads		what the first table decides; the disk's appearance
 *	    md->slots		the two tables (rwsem); readers may call targets
 *	      devices.lock	of a table: the underlying devices it uses (rwsem)
 *	        md->lowers_lock	the list of underlying devices
 *	          open_mutex	of disks (block layer)
 *	  dm_index_lock		names and uuids (rwsem)
 *	    dm_minors_lock	device numbers (spinlock)
 *	      md->lock		state, open count, deferred bios (spinlock, irqsave)
 *
 * A suspend may wait long for I/O with verbs held, so that nothing takes verbs
 * which could be what ends the wait: status, messages and loads do not.
 *
 * Lifetime: a kref. The device holds one for itself from dm_device_create()
 * until dm_device_destroy(); every lookup returns one more. A device is first
 * marked dead and unlinked, so that no lookup finds it, then emptied, then the
 * reference goes; the memory is freed after an RCU grace period, because a
 * completion may still be inside its read section.
 */
#ifndef DM_DEVICE_H
#define DM_DEVICE_H

#include <linux/bio.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <linux/hdreg.h>

#include "compat/bdev.h"
#include "inflight.h"
#include "state.h"
#include "stats.h"

struct dm_queue;
struct dm_table;
struct dm_type;
struct pr_ops;

/* Bits of mapped_device.gate; zero means: I/O takes the fast way. */
#define DM_GATE_DEFER	0x1	/* suspended or about to be: I/O waits */
#define DM_GATE_DEAD	0x2	/* removed: I/O fails */

/* Bits of mapped_device.flags, changed by atomic operations */
#define DM_DEV_REMOVE_ON_CLOSE	0	/* deferred removal was asked for */
#define DM_DEV_NOFLUSH		1	/* the suspend under way pushes I/O back */
#define DM_DEV_POST_SUSPENDING	2	/* postsuspend functions run */
#define DM_DEV_DISK_ADDED	3	/* the disk is visible to user space */
#define DM_DEV_HOLD_FAST	4	/* held without its targets being told */

struct mapped_device {
	/* read by every bio, written when a device is suspended or resumed */
	struct dm_table __rcu *active;
	struct dm_inflight inflight;
	unsigned int gate;
	struct gendisk *disk;
	struct dm_stats stats;
	mempool_t hooks;		/* reserve, see include/hook.h */

	/* changes, one at a time */
	struct mutex verbs;		/* see the head of this file */
	unsigned int hold_count;	/* under verbs: nesting of internal suspends */
	bool frozen;			/* under verbs: a filesystem above was frozen */

	struct mutex loads;		/* see the head of this file */
	enum dm_queue_mode type;	/* under loads; fixed by the first table */
	struct dm_queue *queue;		/* of a request-based device, see include/queue.h */

	struct dax_device *dax_dev;	/* under loads; NULL before a table is for it */
	struct dm_crypto *crypto;	/* under loads; NULL before a table has it */

	/* active (above, also for RCU readers) and inactive */
	struct rw_semaphore slots;
	struct dm_table *inactive;	/* under slots */
	struct hd_geometry geometry;	/* under slots */

	spinlock_t lock;		/* innermost; taken from completions */
	enum dm_state state;		/* written under lock and verbs */
	unsigned long flags;		/* DM_DEV_* */
	int openers;			/* under lock */
	struct bio_list deferred;	/* under lock: waiting for resume or for the worker */
	struct bio_list starved;	/* under lock: counted, waiting for memory */

	wait_queue_head_t state_wait;	/* a held device was released */
	struct semaphore swap_bios;	/* swap I/O under way in targets that limit it */
	struct work_struct work;	/* submits deferred bios */
	struct workqueue_struct *wq;	/* own, so that stacked devices progress */
	struct work_struct remove_work;	/* removal on close */

	/* underlying devices, shared by both slots */
	struct mutex lowers_lock;	/* see the head of this file */
	struct list_head lowers;
	bool lowers_linked;		/* under lowers_lock: the disk takes links */

	/* events */
	atomic_t event_nr;
	wait_queue_head_t event_wait;
	struct list_head uevents;	/* under lock: of paths, not sent yet */
	unsigned int uevent_seq;	/* under lock: number of the last one */

	/* index (control/index.c), under dm_index_lock */
	struct rb_node by_name;
	struct rb_node by_uuid;
	char *name;
	char *uuid;

	/* for dm_device_name() */
	char devname[16];
	int minor;
	void *mdptr;

	struct kref ref;
	struct rcu_head rcu;
};

/**
 * dm_gate_enter() - count an I/O, where the gate is open and there is a table
 * @md: the device
 *
 * The gate is read before the table. A table is replaced only behind a closed
 * gate, so who sees it open sees no older table than the one it was opened
 * for; and the next close waits, for a grace period, until the count is seen.
 * The other way round, a reader that is held up between the two would go on
 * with a table that is gone.
 *
 * Context: preemption off, which may end right after.
 * Return: the table, pinned until dm_inflight_finish(); or NULL.
 */
static inline struct dm_table *dm_gate_enter(struct mapped_device *md)
{
	struct dm_table *t;

	/* pairs with the release in gate_set() */
	if (unlikely(smp_load_acquire(&md->gate)))
		return NULL;
	t = rcu_dereference_sched(md->active);
	if (likely(t))
		dm_inflight_start(&md->inflight);
	return t;
}

/**
 * dm_device_create() - a new, empty device that nothing finds yet
 * @minor: the minor number, or DM_ANY_MINOR
 * @result: the device, with one reference that dm_device_destroy() gives back
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a minor out of range; -ENXIO where it is taken;
 * -ENOMEM.
 */
int dm_device_create(int minor, struct mapped_device **result);

/**
 * dm_device_destroy() - take down a device that is dead and not in the index
 * @md: the device
 *
 * Removes the disk, waits for I/O under way, destroys both tables, frees the
 * minor and drops the reference of dm_device_create(). A device that was made
 * and never put into the index need not be dead.
 *
 * Context: may sleep; md->verbs not held.
 */
void dm_device_destroy(struct mapped_device *md);

/**
 * dm_device_find() - look a device up by number
 * @dev: device number
 *
 * Return: the device with a reference for the caller, or NULL where there is
 * none or where it is being removed.
 */
struct mapped_device *dm_device_find(dev_t dev);

/**
 * dm_device_get() - one more reference, for one who has one
 * @md: the device
 */
void dm_device_get(struct mapped_device *md);

/**
 * dm_device_put() - give a reference back
 * @md: the device
 *
 * Context: may sleep where it is the last.
 */
void dm_device_put(struct mapped_device *md);

/**
 * dm_device_kill() - mark a device as dead, so that it can be unlinked
 * @md: the device
 * @when_closed: where it is open, have it removed when it gets closed
 * @only_deferred: do nothing unless removal on close is (still) asked for
 *
 * Context: md->verbs held.
 * Return: 0 and the device is dead: the caller unlinks and destroys it;
 * -EBUSY: it is open (or in a state that does not end);
 * -EINPROGRESS: open, and it will be removed when it gets closed;
 * -EAGAIN: removal on close is not asked for any more.
 */
int dm_device_kill(struct mapped_device *md, bool when_closed, bool only_deferred)
	__must_hold(&md->verbs);

/**
 * dm_state_get() - the state of a device
 * @md: the device
 *
 * Return: the state, which is stable only while md->verbs is held.
 */
static inline enum dm_state dm_state_get(const struct mapped_device *md)
{
	return READ_ONCE(md->state);
}

/**
 * dm_state_move() - change the state of a device
 * @md: the device
 * @to: where to
 *
 * Context: md->verbs held, md->lock not held.
 * Return: 0, or -EINVAL (and nothing changed, a line in the log) where the
 * table in include/state.h does not allow the move.
 */
int dm_state_move(struct mapped_device *md, enum dm_state to) __must_hold(&md->verbs);

/* device/disk.c */
extern unsigned int dm_major;

/**
 * dm_disk_start() - register the block major
 *
 * Return: 0 or a negative errno.
 */
int dm_disk_start(void);
/** dm_disk_stop() - give the block major back */
void dm_disk_stop(void);

/**
 * dm_disk_alloc() - the disk of a new device, not visible yet
 * @md: the device, whose minor is set
 *
 * Return: 0 or -ENOMEM.
 */
int dm_disk_alloc(struct mapped_device *md);

/**
 * dm_disk_take_requests() - the disk gets requests, not bios
 * @md: a device whose disk is not visible yet, and has a queue for them
 */
void dm_disk_take_requests(struct mapped_device *md);

/**
 * dm_disk_publish() - make the disk visible, if it is not yet
 * @md: a device that has just got its first table
 *
 * Adds the disk with its dm/ attributes and the holder links.
 *
 * Context: md->loads held. Return: 0 or a negative errno.
 */
int dm_disk_publish(struct mapped_device *md) __must_hold(&md->loads);

/**
 * dm_disk_remove() - take the disk away from user space
 * @md: a dead device
 */
void dm_disk_remove(struct mapped_device *md);

/**
 * dm_disk_open_count() - how many have the block device open
 * @md: the device
 */
static inline int dm_disk_open_count(struct mapped_device *md)
{
	return READ_ONCE(md->openers);
}

/**
 * dm_device_ioctl_refused() - what an ioctl says that finds no table it may use
 * @md: the device
 *
 * Return: -EAGAIN while it is suspended, if it could ever pass; else -ENOTTY.
 */
int dm_device_ioctl_refused(struct mapped_device *md);

/* device/pin.c */
/**
 * struct dm_pin - keeps the active table for the length of a call that is no I/O
 * @md: the device
 * @table: what dm_pin_get() returned
 * @counted: as I/O under way, which is cheap; else in the table, as the device is suspended
 */
struct dm_pin {
	struct mapped_device *md;
	struct dm_table *table;
	bool counted;
};

/**
 * dm_pin_get() - pin the active table, even of a suspended device
 * @pin: the caller's, until dm_pin_put()
 * @md: the device
 *
 * No lock is held afterwards, so that the call may go on to a device below that does
 * the same. The table is not destroyed meanwhile, but another may become active.
 *
 * Context: may sleep. Return: the table, or NULL where there is none; dm_pin_put() in
 * either case.
 */
struct dm_table *dm_pin_get(struct dm_pin *pin, struct mapped_device *md);

/** dm_pin_put() - the call is over @pin: what dm_pin_get() filled in */
void dm_pin_put(struct dm_pin *pin);

/** dm_pins_wait() - until nobody pins a table @t: it is in no slot any more */
void dm_pins_wait(struct dm_table *t);

/* device/pr.c */
extern const struct pr_ops dm_pr_ops;

/* device/suspend.c */
/**
 * dm_device_suspend() - stop I/O, tell the targets
 * @md: an active device
 * @lockfs: freeze a filesystem above first
 * @noflush: do not wait for I/O that targets keep back: it is pushed back
 *
 * Context: md->verbs held.
 * Return: 0; -EINVAL where it is not active; -EINTR for a signal while it
 * waited, or the error of the freeze: the device is as it was then.
 */
int dm_device_suspend(struct mapped_device *md, bool lockfs, bool noflush)
	__must_hold(&md->verbs);

/**
 * dm_device_resume() - let I/O pass again
 * @md: a suspended device
 *
 * Context: md->verbs held.
 * Return: 0; -EINVAL where it is not suspended or has no table; or the error
 * of a target that refuses: the device stays suspended then.
 */
int dm_device_resume(struct mapped_device *md) __must_hold(&md->verbs);

/**
 * dm_device_undo_suspend() - after a suspend whose purpose came to nothing
 * @md: a suspended device that was active before; it need not have a table
 *
 * Context: md->verbs held.
 */
void dm_device_undo_suspend(struct mapped_device *md) __must_hold(&md->verbs);

/**
 * dm_device_may_replace() - may a table follow the active one?
 * @md: the device
 * @t: the table
 *
 * Return: 0, or -EINVAL with a line in the log where the active table has a
 * target that may not be replaced.
 */
int dm_device_may_replace(struct mapped_device *md, struct dm_table *t);

/**
 * dm_device_swap() - put a table into the active slot
 * @md: a suspended device
 * @t: the table; the device owns it from now on, unless this fails
 * @old: the table that was there, which the caller destroys; or NULL
 *
 * Capacity and limits follow the table; the geometry is forgotten where the
 * size changes.
 *
 * Context: md->verbs held.
 * Return: 0; a negative errno where the limits of the devices below do not
 * allow the table, or as dm_device_may_replace().
 */
int dm_device_swap(struct mapped_device *md, struct dm_table *t, struct dm_table **old)
	__must_hold(&md->verbs);

/**
 * dm_device_lock_unheld() - take md->verbs while no internal suspend lasts
 * @md: the device
 *
 * Return: 0 with md->verbs held, or -EINTR.
 */
int dm_device_lock_unheld(struct mapped_device *md);

/**
 * dm_device_drain() - for good: let no I/O in any more and wait for the rest
 * @md: a dead device
 */
void dm_device_drain(struct mapped_device *md);

/*
 * Suspends from inside the kernel, for targets (snapshots, thin pools) that
 * the kernel's own private header declares these for.
 */
void dm_internal_suspend_noflush(struct mapped_device *md);
void dm_internal_resume(struct mapped_device *md);
void dm_internal_suspend_fast(struct mapped_device *md);
void dm_internal_resume_fast(struct mapped_device *md);

/* device/event.c */
/**
 * dm_device_event() - a significant event: raise the number, wake who waits
 * @md: the device
 */
void dm_device_event(struct mapped_device *md);

/**
 * dm_device_event_wait() - wait until the event number differs, or the device goes
 * @md: the device
 * @nr: the number the caller knows
 *
 * Return: 0 or -ERESTARTSYS.
 */
int dm_device_event_wait(struct mapped_device *md, u32 nr);

/**
 * dm_device_event_nr() - the number of events so far
 * @md: the device
 */
static inline u32 dm_device_event_nr(struct mapped_device *md)
{
	return atomic_read(&md->event_nr);
}

/* device/uevent.c */
/**
 * dm_device_uevent() - tell user space of a change
 * @md: a device; nothing is sent while its disk is not visible
 * @action: KOBJ_CHANGE or KOBJ_REMOVE
 * @cookie: for udev's synchronisation with the caller; 0 for none
 * @resized: the capacity changed
 *
 * Return: true where a uevent was sent.
 */
bool dm_device_uevent(struct mapped_device *md, enum kobject_action action, u32 cookie,
		      bool resized);

/* device/sysfs.c */
extern const struct attribute_group *dm_sysfs_groups[];

#endif
