/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control device, and how a command sees a call.
 */
#ifndef DM_CONTROL_H
#define DM_CONTROL_H

#include <linux/dm-ioctl.h>

#include "reply.h"
#include "request.h"

struct mapped_device;

/** dm_control_start() - register the control device; Return: 0 or errno */
int dm_control_start(void);
/** dm_control_stop() - unregister it */
void dm_control_stop(void);

/* What is kept an open file of the control device. */
struct dm_control_file {
	u32 global_event_nr;		/* poll() waits for another */
};

/**
 * struct dm_call - one call of one command
 * @req: what the caller sent; commands change the header for the reply
 * @reply: what goes out behind the header
 * @file: the open file
 */
struct dm_call {
	struct dm_request req;
	struct dm_reply reply;
	struct dm_control_file *file;
};

/*
 * The commands. Each returns 0 or a negative errno; where it fails the caller
 * sees nothing of what it wrote to the header or the reply.
 */

/* control/cmd_device.c */
int dm_cmd_remove_all(struct dm_call *call);
int dm_cmd_create(struct dm_call *call);
int dm_cmd_remove(struct dm_call *call);
int dm_cmd_rename(struct dm_call *call);
int dm_cmd_suspend(struct dm_call *call);
int dm_cmd_status(struct dm_call *call);
int dm_cmd_wait(struct dm_call *call);
int dm_cmd_geometry(struct dm_call *call);
int dm_cmd_arm_poll(struct dm_call *call);

/* control/cmd_table.c */
int dm_cmd_load(struct dm_call *call);
int dm_cmd_clear(struct dm_call *call);
int dm_cmd_deps(struct dm_call *call);
int dm_cmd_table_status(struct dm_call *call);
int dm_cmd_message(struct dm_call *call);

/* control/cmd_list.c */
int dm_cmd_list_devices(struct dm_call *call);
int dm_cmd_list_versions(struct dm_call *call);
int dm_cmd_target_version(struct dm_call *call);

/* shared by them, control/cmd_device.c */
/**
 * dm_call_find() - the device that the header names
 * @call: the call
 *
 * By uuid, by name or by number, exactly one of which may be given. Fills in
 * name, uuid and what of the flags is known without the tables.
 *
 * Return: the device with a reference, or NULL (-ENXIO; where the header is
 * wrong, a line in the log says how).
 */
struct mapped_device *dm_call_find(struct dm_call *call);

/**
 * dm_call_describe() - fill in the header from the device
 * @call: the call
 * @md: the device
 */
void dm_call_describe(struct dm_call *call, struct mapped_device *md);

/**
 * dm_call_table_status() - write the status of every target (control/cmd_table.c)
 * @call: the call, whose flags say which table and which kind of status
 * @md: the device
 */
void dm_call_table_status(struct dm_call *call, struct mapped_device *md);

#endif
