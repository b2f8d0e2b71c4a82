// SPDX-License-Identifier: GPL-2.0
/* The verbs, see include/verbs.h. */
#include <linux/blkdev.h>
#include <linux/dm-ioctl.h>
#include <linux/string.h>

#include "compat/words.h"
#include "crypto.h"
#include "dax.h"
#include "device.h"
#include "event.h"
#include "ima.h"
#include "index.h"
#include "limits.h"
#include "queue.h"
#include "request.h"
#include "table.h"
#include "verbs.h"

#define DM_MSG_PREFIX "ioctl"

/* Removal on close: release is called under a mutex that removal takes. */
static struct workqueue_struct *remove_wq;

int dm_verbs_start(void)
{
	remove_wq = alloc_ordered_workqueue("dm_remove", 0);
	return remove_wq ? 0 : -ENOMEM;
}

void dm_verbs_stop(void)
{
	destroy_workqueue(remove_wq);
}

static int name_check(const char *name)
{
	const char *why = dm_compat_name_refused(name);

	if (!why)
		return 0;
	DMERR("%s", why);
	return -EINVAL;
}

int dm_verb_create(const char *name, const char *uuid, int minor,
		   struct mapped_device **result)
{
	struct mapped_device *md;
	int r;

	r = name_check(name);
	if (r)
		return r;
	r = dm_device_create(minor, &md);
	if (r)
		return r;
	/* in the index it can be removed: have a reference first */
	dm_device_get(md);
	r = dm_index_add(md, name, uuid);
	if (r) {
		dm_device_destroy(md);
		dm_device_put(md);
		return r;
	}
	*result = md;
	return 0;
}

/* An event in the name of the active table, if there is one. */
static void active_event(struct mapped_device *md)
{
	down_read(&md->slots);
	if (rcu_access_pointer(md->active))
		dm_device_event(md);
	up_read(&md->slots);
}

/* Where nobody asked for this device in particular there is no uevent to tell of. */
static int remove_device(struct mapped_device *md, bool when_closed, bool only_deferred,
			 u32 cookie, bool *uevent)
{
	int r;

	r = dm_device_lock_unheld(md);
	if (r)
		return r;
	if (dm_state_get(md) == DM_STATE_DEAD)
		r = -ENXIO;
	else
		r = dm_device_kill(md, when_closed, only_deferred);
	mutex_unlock(&md->verbs);
	if (r)
		return r;

	/* dead: the caller is the only one to get here */
	dm_index_remove(md);
	active_event(md);
	/* without a table there is no event, but whoever waits shall not for ever */
	wake_up_all(&md->event_wait);
	if (uevent)
		*uevent = dm_device_uevent(md, KOBJ_REMOVE, cookie, false);
	dm_ima_remove(md, !uevent);
	dm_device_destroy(md);
	return 0;
}

int dm_verb_remove(struct mapped_device *md, bool when_closed, u32 cookie, bool *uevent)
{
	return remove_device(md, when_closed, false, cookie, uevent);
}

/* Go once over all devices. Return how many were in use. */
static unsigned int remove_pass(bool when_closed, bool *removed)
{
	char name[DM_NAME_LEN] = "";
	struct mapped_device *md;
	unsigned int busy = 0;
	int r;

	*removed = false;
	while ((md = dm_index_next(*name ? name : NULL))) {
		/* a device that was renamed behind our back is met again, or was */
		if (!dm_index_names(md, name, NULL)) {
			r = remove_device(md, when_closed, false, 0, NULL);
			*removed |= !r;
			busy += r == -EBUSY || r == -EINPROGRESS;
		}
		dm_device_put(md);
		if (signal_pending(current))
			break;
		cond_resched();
	}
	return busy;
}

void dm_verb_remove_all(bool when_closed)
{
	unsigned int busy;
	bool removed;

	/* with each device that goes, those below it come out of use */
	do {
		busy = remove_pass(when_closed, &removed);
	} while (busy && removed && !signal_pending(current));
	if (busy)
		DMWARN("remove_all left %u open device(s)", busy);
}

int dm_verb_remove_cancel(struct mapped_device *md)
{
	unsigned long irq;
	int r = 0;

	spin_lock_irqsave(&md->lock, irq);
	if (md->state == DM_STATE_DEAD)
		r = -EBUSY;
	else
		clear_bit(DM_DEV_REMOVE_ON_CLOSE, &md->flags);
	spin_unlock_irqrestore(&md->lock, irq);
	return r;
}

void dm_verb_remove_queue(struct mapped_device *md)
{
	if (!queue_work(remove_wq, &md->remove_work))
		dm_device_put(md);
}

void dm_verb_remove_work(struct work_struct *work)
{
	struct mapped_device *md = container_of(work, struct mapped_device, remove_work);

	/* opened again: the next close comes back */
	if (!remove_device(md, false, true, 0, NULL))
		dm_event_global();
	dm_device_put(md);
}

int dm_verb_rename(const char *from, const char *to, bool uuid, u32 cookie, bool *uevent,
		   struct mapped_device **result)
{
	struct mapped_device *md;
	char had[DM_UUID_LEN];
	int r;

	if (!uuid) {
		r = name_check(to);
		if (r)
			return r;
	}
	md = dm_index_find_name(from);
	if (md)
		r = uuid ? dm_index_set_uuid(md, to, had) : dm_index_rename(md, to);
	else
		r = dm_index_taken(to, uuid) ? -EBUSY : -ENXIO;

	switch (r) {
	case 0:
		dm_ima_rename(md, from, uuid);
		active_event(md);
		*uevent = dm_device_uevent(md, KOBJ_CHANGE, cookie, false);
		*result = md;
		return 0;
	case -EBUSY:
		DMERR("Unable to change %s on mapped device %s to one that already exists: %s",
		      uuid ? "uuid" : "name", from, to);
		break;
	case -ENXIO:
		DMERR("Unable to rename non-existent device, %s to %s%s", from,
		      uuid ? "uuid " : "", to);
		break;
	case -EINVAL:
		DMERR("Unable to change uuid of mapped device %s to %s because uuid is already set to %s",
		      from, to, had);
		break;
	}
	if (md)
		dm_device_put(md);
	return r;
}

int dm_verb_suspend(struct mapped_device *md, bool lockfs, bool noflush)
{
	int r;

	r = dm_device_lock_unheld(md);
	if (r)
		return r;
	if (dm_state_get(md) == DM_STATE_DEAD)
		r = -ENXIO;
	else if (dm_state_get(md) != DM_STATE_SUSPENDED)
		r = dm_device_suspend(md, lockfs, noflush);
	mutex_unlock(&md->verbs);
	return r;
}

/* What a resume did that others are told of, or have to clean up. */
struct resumed {
	struct dm_table *old;
	bool anything;
	bool resized;
};

/*
 * Take the table out of the inactive slot, or NULL. A message may be stuck in
 * I/O to this very device with the slots locked for reading, so where there is
 * nothing to take they are not asked for to be written.
 */
static struct dm_table *inactive_take(struct mapped_device *md)
{
	struct dm_table *t;

	down_read(&md->slots);
	t = md->inactive;
	up_read(&md->slots);
	if (!t)
		return NULL;
	down_write(&md->slots);
	t = md->inactive;
	md->inactive = NULL;
	up_write(&md->slots);
	return t;
}

/* Put it back where the swap failed, unless a newer one has come meanwhile. */
static void inactive_restore(struct mapped_device *md, struct dm_table *t)
{
	down_write(&md->slots);
	if (!md->inactive) {
		md->inactive = t;
		t = NULL;
	}
	up_write(&md->slots);
	dm_table_destroy(t);
}

/* The inactive table becomes the active one of a suspended device. */
static int swap_in(struct mapped_device *md, struct dm_table *t, struct resumed *s)
	__must_hold(&md->verbs)
{
	sector_t before = get_capacity(md->disk), after = dm_table_get_size(t);
	int r;

	r = dm_device_swap(md, t, &s->old);
	if (r)
		return r;
	/* no event of the device, but who lists devices wants to know */
	dm_event_global();
	s->resized = before && after && before != after;
	set_disk_ro(md->disk, !(t->mode & BLK_OPEN_WRITE));
	return 0;
}

/* Suspend if need be, swap, resume; undo what was done where this fails. */
static int resume_locked(struct mapped_device *md, bool lockfs, bool noflush,
			 struct resumed *s)
	__must_hold(&md->verbs)
{
	bool suspended = dm_state_get(md) == DM_STATE_SUSPENDED;
	struct dm_table *t = inactive_take(md);
	int r;

	s->anything = suspended || t;
	if (!t)
		return suspended ? dm_device_resume(md) : 0;

	if (!suspended) {
		r = dm_device_suspend(md, lockfs, noflush);
		if (r)
			goto bad;
	}
	r = swap_in(md, t, s);
	if (!r)
		return dm_device_resume(md);
	if (!suspended)
		dm_device_undo_suspend(md);
bad:
	inactive_restore(md, t);
	return r;
}

int dm_verb_resume(struct mapped_device *md, bool lockfs, bool noflush, u32 cookie,
		   bool *uevent)
{
	struct resumed s = { };
	int r;

	r = dm_device_lock_unheld(md);
	if (r)
		return r;
	if (dm_state_get(md) == DM_STATE_DEAD) {
		r = -ENXIO;
		goto out;
	}
	r = resume_locked(md, lockfs, noflush, &s);
	if (!r && s.anything) {
		dm_ima_resume(md);
		*uevent = dm_device_uevent(md, KOBJ_CHANGE, cookie, s.resized);
	}
out:
	mutex_unlock(&md->verbs);
	dm_table_destroy(s.old);
	return r;
}

/* May the table be staged for the device? */
static int stage_allowed(struct mapped_device *md, struct dm_table *t)
	__must_hold(&md->loads)
{
	/* a queue for requests is there to stay, even if the disk's appearance failed */
	enum dm_queue_mode type = md->queue ? DM_TYPE_REQUEST_BASED : md->type;
	int r = dm_device_may_replace(md, t);

	if (!r && type != DM_TYPE_NONE && type != t->type) {
		DMERR("can't change device type (old=%u vs new=%u) after initial table load.",
		      type, t->type);
		r = -EINVAL;
	}
	if (!r && !dm_queue_holds(md, t))
		r = -EINVAL;
	return r;
}

/*
 * The first table of a device makes its disk appear, so it has to hold. Of
 * later ones this is looked at when they become active: until then the devices
 * below may still grow.
 */
static int stage_first(struct mapped_device *md, struct dm_table *t)
	__must_hold(&md->loads)
{
	struct dm_limits limits;
	int r;

	r = dm_limits_gather(t, &limits);
	if (r)
		pr_err(DM_NAME ": core: Cannot calculate initial queue limits\n");
	else if (t->type == DM_TYPE_REQUEST_BASED)
		r = dm_queue_init(md, t);
	if (!r)
		r = dm_limits_set(md->disk, &limits);
	if (!r)
		r = dm_disk_publish(md);
	if (r)
		DMERR("unable to set up device queue for new table.");
	else
		WRITE_ONCE(md->type, t->type);
	return r;
}

int dm_verb_stage(struct mapped_device *md, struct dm_table *t)
{
	struct dm_table *old = NULL;
	int r;

	/* also if it is refused below, as with stock */
	dm_ima_load(t);
	mutex_lock(&md->loads);
	if (dm_state_get(md) == DM_STATE_DEAD) {
		DMERR("device has been removed from the dev hash table.");
		r = -ENXIO;
		goto out;
	}
	r = stage_allowed(md, t);
	if (!r)
		r = dm_dax_prepare(md, t);
	if (!r)
		r = dm_crypto_prepare(md, t);
	if (!r && md->type == DM_TYPE_NONE)
		r = stage_first(md, t);
	if (r)
		goto out;
	down_write(&md->slots);
	old = md->inactive;
	md->inactive = t;
	up_write(&md->slots);
out:
	mutex_unlock(&md->loads);
	dm_table_destroy(old);
	return r;
}

static int table_populate(struct dm_table *t, int (*next)(void *context, struct dm_spec *spec),
			  void *context)
{
	struct dm_spec spec;
	int r;

	while ((r = next(context, &spec)) > 0) {
		r = dm_table_add_target(t, spec.type, spec.start, spec.len, spec.params);
		if (r) {
			DMERR("error adding target to table");
			return r;
		}
		cond_resched();
	}
	return r ?: dm_table_complete(t);
}

int dm_verb_load(struct mapped_device *md, blk_mode_t mode, unsigned int room,
		 int (*next)(void *context, struct dm_spec *spec), void *context)
{
	struct dm_table *t;
	int r;

	r = dm_table_create(&t, mode, room, md);
	if (r)
		return r;
	r = table_populate(t, next, context);
	if (!r)
		r = dm_verb_stage(md, t);
	if (r)
		dm_table_destroy(t);
	return r;
}

void dm_verb_clear(struct mapped_device *md)
{
	struct dm_table *t = inactive_take(md);

	dm_ima_clear(md, t);
	dm_table_destroy(t);
}
