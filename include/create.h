/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices that are created as the module is loaded: its parameters "create" (in the
 * concise format, see concise.h) and "waitfor" (devices to wait for), which may
 * stand on the kernel's command line as dm-mod.create= and dm-mod.waitfor=.
 *
 * They are created when the module is live, behind the back of who loaded
 * it: a target module that is loaded for one of them needs this one's symbols, and
 * gets them only then.
 *
 * A text that is malformed anywhere, or asks for a type that is not allowed, says
 * nothing that can be relied on, and nothing is created. Where a device cannot be
 * created, neither are those behind it: they may stand on it, or would get
 * other numbers than the text expects. In both cases the log says why, and the
 * module stays: who has no device of it at hand needs it all the more.
 */
#ifndef DM_CREATE_H
#define DM_CREATE_H

#include <linux/list.h>

struct dm_concise;

/**
 * dm_create_start() - read the parameters, and create devices once the module is live
 *
 * Return: 0, also where the parameters are wrong; or a negative errno.
 */
int dm_create_start(void);

/**
 * dm_create_stop() - wait no longer for devices
 *
 * Nothing is being created: that would have kept the module.
 */
void dm_create_stop(void);

/**
 * dm_create_allowed() - may all of the devices be created without user space?
 * @devices: list of struct dm_concise
 *
 * Return: whether; where not, a line in the log says which may not.
 */
bool dm_create_allowed(const struct list_head *devices);

/**
 * dm_create_device() - create a device, with its table active
 * @dev: the device; the parameters in its table are changed
 *
 * By way of the verbs. Where it fails the device is gone, at the latest when
 * whoever found it meanwhile has closed it: I/O to it fails then.
 *
 * Context: may sleep; may run modprobe. Return: 0 or a negative errno.
 */
int dm_create_device(struct dm_concise *dev);

#endif
