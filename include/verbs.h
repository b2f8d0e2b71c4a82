/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What can be done with a mapped device, for whoever asks: the ioctls,
 * boot-time creation, tests. All may sleep. Who passes a device has a
 * reference to it, and keeps it.
 */
#ifndef DM_VERBS_H
#define DM_VERBS_H

#include <linux/types.h>
#include <linux/workqueue.h>

#include "compat/bdev.h"

struct dm_spec;
struct dm_table;
struct mapped_device;

/** dm_verbs_start() - before the first device; Return: 0 or -ENOMEM */
int dm_verbs_start(void);
/** dm_verbs_stop() - after the last */
void dm_verbs_stop(void);

/**
 * dm_verb_create() - a new device with both slots empty
 * @name: not empty, no slash
 * @uuid: or NULL
 * @minor: or DM_ANY_MINOR
 * @result: the device, with a reference for the caller
 *
 * Return: 0; -EINVAL for a bad name or minor; -EBUSY where name or uuid is
 * taken; -ENXIO where the minor is; -ENOMEM.
 */
int dm_verb_create(const char *name, const char *uuid, int minor,
		   struct mapped_device **result);

/**
 * dm_verb_remove() - remove a device
 * @md: the device
 * @when_closed: where it is open, remove it when it gets closed
 * @cookie: for the uevent
 * @uevent: result: one was sent
 *
 * Return: 0 and it is gone; -EBUSY: open; -EINPROGRESS: it goes when closed;
 * -ENXIO: it was gone already; -EINTR.
 */
int dm_verb_remove(struct mapped_device *md, bool when_closed, u32 cookie, bool *uevent);

/**
 * dm_verb_remove_all() - remove every device that is not in use
 * @when_closed: and the others once they get closed
 */
void dm_verb_remove_all(bool when_closed);

/** dm_verb_remove_cancel() - removal on close is off @md: the device; Return: 0 or -EBUSY */
int dm_verb_remove_cancel(struct mapped_device *md);

/** dm_verb_remove_queue() - have a closed device removed @md: takes the reference */
void dm_verb_remove_queue(struct mapped_device *md);
/** dm_verb_remove_work() - does it @work: remove_work of a device */
void dm_verb_remove_work(struct work_struct *work);

/**
 * dm_verb_rename() - change the name, or give the first uuid
 * @from: the name of the device
 * @to: the new name or the uuid
 * @uuid: it is a uuid
 * @cookie: for the uevent
 * @uevent: result: one was sent
 * @result: where this succeeds, the device with a reference for the caller
 *
 * Return: 0; -EBUSY where @to is taken; -ENXIO where there is no such device;
 * -EINVAL for a bad name, or where it has a uuid; -ENOMEM.
 */
int dm_verb_rename(const char *from, const char *to, bool uuid, u32 cookie, bool *uevent,
		   struct mapped_device **result);

/**
 * dm_verb_suspend() - suspend, if it is not suspended
 * @md: the device
 * @lockfs: freeze a filesystem above
 * @noflush: see dm_device_suspend()
 */
int dm_verb_suspend(struct mapped_device *md, bool lockfs, bool noflush);

/**
 * dm_verb_resume() - make the inactive table, if any, the active one; resume
 * @md: the device
 * @lockfs: for the suspend that comes first, where it is not suspended
 * @noflush: likewise
 * @cookie: for the uevent
 * @uevent: result: one was sent
 *
 * Where this fails, the device is as it was, with its inactive table; but a
 * target that refuses to resume leaves it suspended with the new one.
 */
int dm_verb_resume(struct mapped_device *md, bool lockfs, bool noflush, u32 cookie,
		   bool *uevent);

/**
 * dm_verb_stage() - put a complete table into the inactive slot
 * @md: the device
 * @t: the table; the device owns it where this succeeds
 *
 * A table that was there is destroyed. The first table decides on the type of
 * the device and makes its disk visible.
 *
 * Return: 0; -EINVAL where the device may not have such a table; -ENXIO where
 * it was removed; -ENOMEM.
 */
int dm_verb_stage(struct mapped_device *md, struct dm_table *t);

/**
 * dm_verb_load() - build a table and put it into the inactive slot
 * @md: the device
 * @mode: BLK_OPEN_READ, with BLK_OPEN_WRITE unless the table is to be read-only
 * @room: how many targets there are at the most
 * @next: fills in the next target and returns 1; or 0 behind the last, or a
 *	negative errno. The parameters are changed.
 * @context: its first argument
 *
 * What is wrong is in the log, and nothing has changed then.
 *
 * Context: may run modprobe. Return: 0 or a negative errno: that of @next, of a
 * target, or as dm_verb_stage().
 */
int dm_verb_load(struct mapped_device *md, blk_mode_t mode, unsigned int room,
		 int (*next)(void *context, struct dm_spec *spec), void *context);

/** dm_verb_clear() - destroy the table in the inactive slot @md: the device */
void dm_verb_clear(struct mapped_device *md);

#endif
