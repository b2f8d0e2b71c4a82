// SPDX-License-Identifier: GPL-2.0
/* Life of a mapped device: numbers, references, creation, destruction. */
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "crypto.h"
#include "dax.h"
#include "device.h"
#include "hook.h"
#include "io.h"
#include "params.h"
#include "queue.h"
#include "table.h"
#include "uevent.h"
#include "verbs.h"

#define DM_MSG_PREFIX "core"

static DEFINE_IDR(minors);
static DEFINE_SPINLOCK(dm_minors_lock);

/* The pointer is published by minor_publish(), once the device is whole. */
static int minor_alloc(int minor)
{
	int from = minor, to = minor + 1, r;

	if (minor == DM_ANY_MINOR) {
		from = 0;
		to = 1 << MINORBITS;
	} else if (minor < 0 || minor >= (1 << MINORBITS)) {
		return -EINVAL;
	}
	idr_preload(GFP_KERNEL);
	spin_lock(&dm_minors_lock);
	r = idr_alloc(&minors, NULL, from, to, GFP_NOWAIT);
	spin_unlock(&dm_minors_lock);
	idr_preload_end();
	/* what stock says of a number that is taken; a taken name is -EBUSY */
	return r == -ENOSPC ? -ENXIO : r;
}

static void minor_publish(int minor, struct mapped_device *md)
{
	spin_lock(&dm_minors_lock);
	idr_replace(&minors, md, minor);
	spin_unlock(&dm_minors_lock);
}

static void minor_free(int minor)
{
	spin_lock(&dm_minors_lock);
	idr_remove(&minors, minor);
	spin_unlock(&dm_minors_lock);
}

static void device_free_rcu(struct rcu_head *rcu)
{
	struct mapped_device *md = container_of(rcu, struct mapped_device, rcu);

	dm_inflight_exit(&md->inflight);
	kfree(md->name);
	kfree(md->uuid);
	kvfree(md);
	module_put(THIS_MODULE);
}

static void device_release(struct kref *ref)
{
	struct mapped_device *md = container_of(ref, struct mapped_device, ref);

	if (md->wq)
		destroy_workqueue(md->wq);
	if (md->disk)
		dm_queue_exit(md);
	dm_crypto_exit(md);
	dm_device_uevents_drop(md);
	dm_stats_exit(&md->stats);
	dm_hook_reserve_exit(&md->hooks);
	mutex_destroy(&md->verbs);
	mutex_destroy(&md->loads);
	mutex_destroy(&md->lowers_lock);
	/* a completion may still be inside its read section */
	call_rcu(&md->rcu, device_free_rcu);
}

static void device_init(struct mapped_device *md, int minor)
{
	kref_init(&md->ref);
	mutex_init(&md->verbs);
	mutex_init(&md->loads);
	init_rwsem(&md->slots);
	mutex_init(&md->lowers_lock);
	INIT_LIST_HEAD(&md->lowers);
	spin_lock_init(&md->lock);
	bio_list_init(&md->deferred);
	bio_list_init(&md->starved);
	INIT_LIST_HEAD(&md->uevents);
	init_waitqueue_head(&md->state_wait);
	init_waitqueue_head(&md->event_wait);
	sema_init(&md->swap_bios, dm_swap_bios_limit());
	INIT_WORK(&md->work, dm_defer_work);
	INIT_WORK(&md->remove_work, dm_verb_remove_work);
	dm_stats_init(&md->stats);
	RB_CLEAR_NODE(&md->by_name);
	RB_CLEAR_NODE(&md->by_uuid);
	md->state = DM_STATE_ACTIVE;
	md->type = DM_TYPE_NONE;
	md->minor = minor;
	format_dev_t(md->devname, MKDEV(dm_major, minor));
}

int dm_device_create(int minor, struct mapped_device **result)
{
	struct mapped_device *md;
	int r = -ENOMEM;

	md = kvzalloc_node(sizeof(*md), GFP_KERNEL, dm_numa_node());
	if (!md)
		return -ENOMEM;
	/* a device keeps the module in memory */
	__module_get(THIS_MODULE);

	minor = minor_alloc(minor);
	if (minor < 0) {
		kvfree(md);
		module_put(THIS_MODULE);
		return minor;
	}
	device_init(md, minor);
	r = dm_inflight_init(&md->inflight);
	if (!r)
		r = dm_hook_reserve_init(&md->hooks);
	if (r)
		goto bad;
	md->wq = alloc_workqueue("kdmflush/%s", WQ_MEM_RECLAIM, 0, md->devname);
	if (!md->wq) {
		r = -ENOMEM;
		goto bad;
	}
	r = dm_disk_alloc(md);
	if (r)
		goto bad;
	minor_publish(minor, md);
	*result = md;
	return 0;

bad:
	minor_free(minor);
	dm_device_put(md);
	return r;
}

void dm_device_destroy(struct mapped_device *md)
{
	struct dm_table *active, *inactive;

	/* a load that has begun finds the device dead, or is waited for */
	mutex_lock(&md->loads);
	dm_dax_remove(md);
	dm_disk_remove(md);
	mutex_unlock(&md->loads);

	dm_device_drain(md);
	down_write(&md->slots);
	active = rcu_dereference_protected(md->active, lockdep_is_held(&md->slots));
	RCU_INIT_POINTER(md->active, NULL);
	inactive = md->inactive;
	md->inactive = NULL;
	up_write(&md->slots);

	if (active)
		dm_table_set_event(active, NULL, NULL);
	dm_table_destroy(inactive);
	dm_table_destroy(active);
	minor_free(md->minor);
	dm_device_put(md);
}

struct mapped_device *dm_device_find(dev_t dev)
{
	struct mapped_device *md;

	if (MAJOR(dev) != dm_major)
		return NULL;
	spin_lock(&dm_minors_lock);
	md = idr_find(&minors, MINOR(dev));
	if (md && (dm_state_get(md) == DM_STATE_DEAD || !kref_get_unless_zero(&md->ref)))
		md = NULL;
	spin_unlock(&dm_minors_lock);
	return md;
}

void dm_device_get(struct mapped_device *md)
{
	kref_get(&md->ref);
}

void dm_device_put(struct mapped_device *md)
{
	kref_put(&md->ref, device_release);
}

int dm_state_move(struct mapped_device *md, enum dm_state to)
{
	unsigned long irq;
	int r = 0;

	lockdep_assert_held(&md->verbs);
	spin_lock_irqsave(&md->lock, irq);
	if (dm_state_may_move(md->state, to))
		WRITE_ONCE(md->state, to);
	else
		r = -EINVAL;
	spin_unlock_irqrestore(&md->lock, irq);
	if (r)
		DMERR("%s: cannot go from %s to %s", md->devname, dm_state_name(md->state),
		      dm_state_name(to));
	return r;
}

int dm_device_kill(struct mapped_device *md, bool when_closed, bool only_deferred)
{
	unsigned long irq;
	int r = 0;

	lockdep_assert_held(&md->verbs);
	spin_lock_irqsave(&md->lock, irq);
	if (only_deferred && !test_bit(DM_DEV_REMOVE_ON_CLOSE, &md->flags)) {
		r = -EAGAIN;
	} else if (md->openers && when_closed) {
		set_bit(DM_DEV_REMOVE_ON_CLOSE, &md->flags);
		r = -EINPROGRESS;
	} else if (md->openers || !dm_state_may_move(md->state, DM_STATE_DEAD)) {
		r = -EBUSY;
	} else {
		WRITE_ONCE(md->state, DM_STATE_DEAD);
	}
	spin_unlock_irqrestore(&md->lock, irq);
	return r;
}
