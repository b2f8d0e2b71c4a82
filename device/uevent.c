// SPDX-License-Identifier: GPL-2.0
/* uevents of mapped devices, as udev's rules for the device mapper want them. */
#include <linux/device-mapper.h>
#include <linux/dm-ioctl.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "device.h"
#include "index.h"
#include "table.h"
#include "uevent.h"

#define DM_MSG_PREFIX "uevent"

/* "DM_COOKIE=" and a 32-bit number */
#define COOKIE_LEN 24

bool dm_device_uevent(struct mapped_device *md, enum kobject_action action, u32 cookie,
		      bool resized)
{
	char cookie_env[COOKIE_LEN];
	char *env[3];
	unsigned int n = 0;

	if (!test_bit(DM_DEV_DISK_ADDED, &md->flags))
		return false;
	if (cookie) {
		snprintf(cookie_env, sizeof(cookie_env), "DM_COOKIE=%u", cookie);
		env[n++] = cookie_env;
	}
	if (resized)
		env[n++] = "RESIZE=1";
	env[n] = NULL;
	return !kobject_uevent_env(&disk_to_dev(md->disk)->kobj, action, env);
}

struct path_event {
	struct list_head list;
	struct mapped_device *md;
	enum dm_uevent_type type;
	unsigned int seq;
	unsigned int valid;
	char target[DM_MAX_TYPE_NAME];
	char path[];
};

static const char *const path_actions[] = {
	[DM_UEVENT_PATH_FAILED]		= "PATH_FAILED",
	[DM_UEVENT_PATH_REINSTATED]	= "PATH_REINSTATED",
};

void dm_path_uevent(enum dm_uevent_type type, struct dm_target *ti, const char *path,
		    unsigned int valid)
{
	struct mapped_device *md = ti->table->md;
	size_t len = strlen(path) + 1;
	struct path_event *event;
	unsigned long irq;

	if ((unsigned int)type >= ARRAY_SIZE(path_actions)) {
		DMERR("%s: %s: unknown event %d", md->devname, ti->type->name, type);
		return;
	}
	event = kmalloc(struct_size(event, path, len), GFP_ATOMIC);
	if (!event) {
		DMERR("%s: %s: no memory for the uevent %s of %s", md->devname, ti->type->name,
		      path_actions[type], path);
		return;
	}
	event->md = md;
	event->type = type;
	event->valid = valid;
	/* the type may be gone when the event is sent */
	strscpy(event->target, ti->type->name, sizeof(event->target));
	memcpy(event->path, path, len);

	spin_lock_irqsave(&md->lock, irq);
	event->seq = ++md->uevent_seq;
	list_add_tail(&event->list, &md->uevents);
	spin_unlock_irqrestore(&md->lock, irq);
}
EXPORT_SYMBOL_GPL(dm_path_uevent);

static int path_event_send(const struct path_event *event, struct kobject *kobj)
{
	char name[DM_NAME_LEN], uuid[DM_UUID_LEN];
	struct kobj_uevent_env *env;
	int r;

	/* the device is being removed: nobody would know it by its name */
	r = dm_index_names(event->md, name, uuid);
	if (r)
		return 0;
	env = kzalloc(sizeof(*env), GFP_KERNEL);
	if (!env)
		return -ENOMEM;
	r = add_uevent_var(env, "DM_TARGET=%s", event->target) ?:
	    add_uevent_var(env, "DM_ACTION=%s", path_actions[event->type]) ?:
	    add_uevent_var(env, "DM_SEQNUM=%u", event->seq) ?:
	    add_uevent_var(env, "DM_PATH=%s", event->path) ?:
	    add_uevent_var(env, "DM_NR_VALID_PATHS=%u", event->valid) ?:
	    add_uevent_var(env, "DM_NAME=%s", name) ?:
	    add_uevent_var(env, "DM_UUID=%s", uuid) ?:
	    kobject_uevent_env(kobj, KOBJ_CHANGE, env->envp);
	kfree(env);
	return r;
}

void dm_send_uevents(struct list_head *events, struct kobject *kobj)
{
	struct path_event *event, *next;
	unsigned int noio;
	int r;

	/* I/O to the very device may wait for who sends this */
	noio = memalloc_noio_save();
	list_for_each_entry_safe(event, next, events, list) {
		list_del(&event->list);
		r = path_event_send(event, kobj);
		if (r)
			DMERR("%s: %s: cannot send the uevent %s of %s (%pe)",
			      event->md->devname, event->target, path_actions[event->type],
			      event->path, ERR_PTR(r));
		kfree(event);
	}
	memalloc_noio_restore(noio);
}
EXPORT_SYMBOL_GPL(dm_send_uevents);

static void path_events_take(struct mapped_device *md, struct list_head *events)
{
	unsigned long irq;

	spin_lock_irqsave(&md->lock, irq);
	list_replace_init(&md->uevents, events);
	spin_unlock_irqrestore(&md->lock, irq);
}

void dm_device_uevents_send(struct mapped_device *md)
{
	LIST_HEAD(events);

	/* seen without the lock: who notes an event down sends it afterwards */
	if (list_empty_careful(&md->uevents))
		return;
	if (!test_bit(DM_DEV_DISK_ADDED, &md->flags)) {
		dm_device_uevents_drop(md);
		return;
	}
	path_events_take(md, &events);
	dm_send_uevents(&events, &disk_to_dev(md->disk)->kobj);
}

void dm_device_uevents_drop(struct mapped_device *md)
{
	struct path_event *event, *next;
	LIST_HEAD(events);

	path_events_take(md, &events);
	list_for_each_entry_safe(event, next, &events, list)
		kfree(event);
}
