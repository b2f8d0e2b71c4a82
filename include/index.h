/* SPDX-License-Identifier: GPL-2.0 */
/* Names and uuids: who is called what. */
#ifndef DM_INDEX_H
#define DM_INDEX_H

#include <linux/rbtree.h>
#include <linux/types.h>

struct mapped_device;

/**
 * dm_index_add() - give a device its name, and a uuid where it has one
 * @md: a device that is in no index
 * @name: not empty
 * @uuid: or NULL
 *
 * Return: 0, -EBUSY where either is taken, -ENOMEM.
 */
int dm_index_add(struct mapped_device *md, const char *name, const char *uuid);

/**
 * dm_index_remove() - no look-up finds the device any more
 * @md: the device; its strings stay until it is freed
 */
void dm_index_remove(struct mapped_device *md);

/** dm_index_find_name() - by name @name: the name; Return: a reference, or NULL */
struct mapped_device *dm_index_find_name(const char *name);
/** dm_index_find_uuid() - by uuid @uuid: the uuid; Return: a reference, or NULL */
struct mapped_device *dm_index_find_uuid(const char *uuid);

/**
 * dm_index_find() - by whichever of name and uuid is given, filling in the other
 * @name: at least DM_NAME_LEN bytes; where it is empty, @uuid says which device
 * @uuid: at least DM_UUID_LEN bytes
 *
 * Return: a reference, or NULL with nothing changed.
 */
struct mapped_device *dm_index_find(char *name, char *uuid);

/**
 * dm_index_rename() - change the name
 * @md: a device in the index
 * @name: the new name
 *
 * Return: 0; -EBUSY where it is taken; -ENXIO where the device is not (or no
 * longer) in the index; -ENOMEM.
 */
int dm_index_rename(struct mapped_device *md, const char *name);

/**
 * dm_index_taken() - is there a device of this name or uuid?
 * @key: the name or uuid
 * @uuid: it is a uuid
 */
bool dm_index_taken(const char *key, bool uuid);

/**
 * dm_index_set_uuid() - give a uuid to a device that has none
 * @md: a device in the index
 * @uuid: not empty
 * @had: result where it has one: DM_UUID_LEN bytes
 *
 * Return: as dm_index_rename(), and -EINVAL where it has one.
 */
int dm_index_set_uuid(struct mapped_device *md, const char *uuid, char *had);

/**
 * dm_index_names() - copy name and uuid
 * @md: a device
 * @name: at least DM_NAME_LEN bytes, or NULL
 * @uuid: at least DM_UUID_LEN bytes, or NULL; empty where it has none
 *
 * Return: 0, or -ENXIO where the device is not in the index.
 */
int dm_index_names(struct mapped_device *md, char *name, char *uuid);

/**
 * dm_index_for_each() - visit every device in the order of names
 * @fn: the visitor; the index is locked for reading, so it may not change it
 * @context: its argument
 *
 * Return: the first non-zero return of @fn, at which the walk stops; or 0.
 */
int dm_index_for_each(int (*fn)(struct mapped_device *md, void *context), void *context);

/**
 * dm_index_next() - the device after a name, to walk while the index changes
 * @name: the name to go on from, or NULL for the first device
 *
 * Return: a reference, or NULL at the end.
 */
struct mapped_device *dm_index_next(const char *name);

#endif
