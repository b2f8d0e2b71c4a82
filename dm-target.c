// SPDX-License-Identifier: GPL-2.0
/* The registry of target types, see include/target.h. */
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/slab.h>

#include "target.h"

#define DM_MSG_PREFIX "target"

static DECLARE_RWSEM(types_lock);
static LIST_HEAD(types);

static struct dm_type *type_lookup(const char *name) __must_hold(&types_lock)
{
	struct dm_type *type;

	lockdep_assert_held(&types_lock);
	list_for_each_entry(type, &types, list)
		if (!type->idle && !strcmp(type->tt->name, name))
			return type;
	return NULL;
}

/* The entry that was made for @tt, idle or not. */
static struct dm_type *type_of(const struct target_type *tt) __must_hold(&types_lock)
{
	struct dm_type *type;

	lockdep_assert_held(&types_lock);
	list_for_each_entry(type, &types, list)
		if (type->tt == tt)
			return type;
	return NULL;
}

static struct dm_type *type_pin(const char *name)
{
	struct dm_type *type;

	down_read(&types_lock);
	type = type_lookup(name);
	if (type && !try_module_get(type->tt->module))
		type = NULL;
	up_read(&types_lock);
	return type;
}

struct dm_type *dm_type_get(const char *name)
{
	struct dm_type *type = type_pin(name);

	if (!type) {
		request_module("dm-%s", name);
		type = type_pin(name);
	}
	return type;
}

void dm_type_put(struct dm_type *type)
{
	module_put(type->tt->module);
}

int dm_type_for_each(int (*fn)(struct target_type *tt, void *context), void *context)
{
	struct dm_type *type;
	int r = 0;

	down_read(&types_lock);
	list_for_each_entry(type, &types, list) {
		if (type->idle)
			continue;
		r = fn(type->tt, context);
		if (r)
			break;
	}
	up_read(&types_lock);
	return r;
}

int dm_type_register(struct target_type *tt, const struct dm_type_ops *ops)
{
	struct dm_type *type = kzalloc(sizeof(*type), GFP_KERNEL), *other;
	int r = 0;

	if (!type)
		return -ENOMEM;
	type->tt = tt;
	type->ops = ops;

	down_write(&types_lock);
	other = type_lookup(tt->name);
	type->idle = other && !ops && other->ops && other->ops->has_module;
	if (type_of(tt) || (other && !type->idle)) {
		DMERR("register: type %s is registered already", tt->name);
		r = -EEXIST;
	} else {
		list_add(&type->list, &types);
	}
	up_write(&types_lock);
	if (r)
		kfree(type);
	return r;
}

int dm_register_target(struct target_type *tt)
{
	return dm_type_register(tt, NULL);
}
EXPORT_SYMBOL(dm_register_target);

void dm_unregister_target(struct target_type *tt)
{
	struct dm_type *type;

	down_write(&types_lock);
	type = type_of(tt);
	if (!WARN(!type, "dm target type %s is not registered\n", tt->name))
		list_del(&type->list);
	up_write(&types_lock);
	kfree(type);
}
EXPORT_SYMBOL(dm_unregister_target);
