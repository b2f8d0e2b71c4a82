/* SPDX-License-Identifier: GPL-2.0 */
/*
 * uevents of paths: a target notes them down from any context, and they are
 * sent with the table's next event. The kernel's documentation of dm-uevent
 * says what is in them.
 *
 * dm_path_uevent() and dm_send_uevents() are for targets, to whom a header
 * declares them that the kernel keeps to its own tree.
 */
#ifndef DM_UEVENT_H
#define DM_UEVENT_H

#include <linux/list.h>

struct dm_target;
struct kobject;
struct mapped_device;

enum dm_uevent_type {
	DM_UEVENT_PATH_FAILED,
	DM_UEVENT_PATH_REINSTATED,
};

/**
 * dm_path_uevent() - note down what happened to a path
 * @type: what
 * @ti: the target
 * @path: the path's major:minor
 * @valid: how many paths are left in use
 *
 * Context: any. Without memory there is a line in the log instead.
 */
void dm_path_uevent(enum dm_uevent_type type, struct dm_target *ti, const char *path,
		    unsigned int valid);

/**
 * dm_send_uevents() - send events that were noted down
 * @events: they; the list is empty afterwards
 * @kobj: of the device's disk
 *
 * Events of a device that has left the index are dropped.
 *
 * Context: may sleep.
 */
void dm_send_uevents(struct list_head *events, struct kobject *kobj);

/**
 * dm_device_uevents_send() - send what was noted down so far
 * @md: the device; without a visible disk it is dropped
 *
 * Context: may sleep.
 */
void dm_device_uevents_send(struct mapped_device *md);

/**
 * dm_device_uevents_drop() - forget what was noted down
 * @md: the device
 */
void dm_device_uevents_drop(struct mapped_device *md);

#endif
