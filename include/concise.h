/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The concise format: devices and their tables in one line, as "dmsetup create
 * --concise" and the kernel's documentation of dm-init have it:
 *
 *	NAME,UUID,MINOR,FLAGS,TABLE[,TABLE...][;NAME,...]
 *
 * A TABLE is a line "START LENGTH TYPE PARAMETERS". FLAGS is "ro", "rw" or
 * empty (as "rw"); UUID and MINOR may be empty. A backslash takes the special
 * meaning from the character behind it. White space around a field does not
 * belong to it, and the last semicolon need not have a device behind it. Pure.
 */
#ifndef DM_CONCISE_H
#define DM_CONCISE_H

#include <linux/list.h>
#include <linux/types.h>

#include "request.h"

/**
 * struct dm_concise - a device
 * @list: the devices of a text, in its order
 * @nr: which of them it is, from 1
 * @name: 1 to DM_NAME_LEN - 1 bytes
 * @uuid: up to DM_UUID_LEN - 1 bytes, or NULL
 * @minor: or DM_ANY_MINOR
 * @readonly: what its flags say
 * @num_specs: targets, at least one
 * @specs: they
 *
 * The strings are in the text.
 */
struct dm_concise {
	struct list_head list;
	unsigned int nr;
	char *name;
	char *uuid;
	int minor;
	bool readonly;
	unsigned int num_specs;
	struct dm_spec specs[];
};

/**
 * struct dm_concise_fault - what is wrong with a text
 * @nr: in which device, from 1
 * @name: of that device, or NULL where it has none that could be read
 * @line: in which line of its table, from 1; 0: in a field before that
 * @what: in words
 */
struct dm_concise_fault {
	unsigned int nr;
	const char *name;
	unsigned int line;
	const char *what;
};

/**
 * dm_concise_parse() - read a text
 * @text: the text, which is cut into pieces; it has to stay as long as @devices
 * @devices: an empty list, to be freed with dm_concise_free()
 * @fault: result where this fails
 *
 * Types are not looked up, and what a table says is not understood beyond its form.
 *
 * Context: may sleep. Return: 0; -EINVAL where it is malformed; -ENOMEM. In both of these
 * cases the list is empty.
 */
int dm_concise_parse(char *text, struct list_head *devices, struct dm_concise_fault *fault);

/** dm_concise_free() - free a list of devices @devices: it is empty afterwards */
void dm_concise_free(struct list_head *devices);

#endif
