// SPDX-License-Identifier: GPL-2.0
/* The index of names and of uuids: one tree, used twice. See include/index.h. */
#include <linux/dm-ioctl.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "device.h"
#include "index.h"

static DECLARE_RWSEM(dm_index_lock);

/* A tree ordered by one of the strings of a device. */
struct index_tree {
	struct rb_root root;
	size_t node;		/* where in the device its node is */
	size_t key;		/* and where its pointer to the string */
};

static struct index_tree by_name = {
	RB_ROOT, offsetof(struct mapped_device, by_name), offsetof(struct mapped_device, name),
};

static struct index_tree by_uuid = {
	RB_ROOT, offsetof(struct mapped_device, by_uuid), offsetof(struct mapped_device, uuid),
};

static struct mapped_device *tree_device(const struct index_tree *tree, struct rb_node *node)
{
	return (void *)node - tree->node;
}

static struct rb_node *tree_node(const struct index_tree *tree, struct mapped_device *md)
{
	return (void *)md + tree->node;
}

static char **tree_key(const struct index_tree *tree, struct mapped_device *md)
{
	return (void *)md + tree->key;
}

static struct mapped_device *tree_find(const struct index_tree *tree, const char *key)
{
	struct rb_node *node = tree->root.rb_node;

	lockdep_assert_held(&dm_index_lock);
	while (node) {
		struct mapped_device *md = tree_device(tree, node);
		int c = strcmp(key, *tree_key(tree, md));

		if (!c)
			return md;
		node = c < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/* The caller has looked: the key is free. */
static void tree_add(struct index_tree *tree, struct mapped_device *md)
{
	struct rb_node **link = &tree->root.rb_node, *parent = NULL;
	const char *key = *tree_key(tree, md);

	lockdep_assert_held_write(&dm_index_lock);
	while (*link) {
		parent = *link;
		link = strcmp(key, *tree_key(tree, tree_device(tree, parent))) < 0 ?
			&parent->rb_left : &parent->rb_right;
	}
	rb_link_node(tree_node(tree, md), parent, link);
	rb_insert_color(tree_node(tree, md), &tree->root);
}

static void tree_remove(struct index_tree *tree, struct mapped_device *md)
{
	struct rb_node *node = tree_node(tree, md);

	lockdep_assert_held_write(&dm_index_lock);
	if (RB_EMPTY_NODE(node))
		return;
	rb_erase(node, &tree->root);
	RB_CLEAR_NODE(node);
}

static bool indexed(const struct mapped_device *md)
{
	return !RB_EMPTY_NODE(&md->by_name);
}

int dm_index_add(struct mapped_device *md, const char *name, const char *uuid)
{
	int r = 0;

	md->name = kstrdup(name, GFP_KERNEL);
	md->uuid = uuid ? kstrdup(uuid, GFP_KERNEL) : NULL;
	if (!md->name || (uuid && !md->uuid))
		return -ENOMEM;

	down_write(&dm_index_lock);
	if (tree_find(&by_name, name) || (uuid && tree_find(&by_uuid, uuid))) {
		r = -EBUSY;
	} else {
		tree_add(&by_name, md);
		if (uuid)
			tree_add(&by_uuid, md);
	}
	up_write(&dm_index_lock);
	return r;
}

void dm_index_remove(struct mapped_device *md)
{
	down_write(&dm_index_lock);
	tree_remove(&by_name, md);
	tree_remove(&by_uuid, md);
	up_write(&dm_index_lock);
}

static struct mapped_device *index_get(const struct index_tree *tree, const char *key)
{
	struct mapped_device *md;

	down_read(&dm_index_lock);
	md = tree_find(tree, key);
	if (md)
		dm_device_get(md);
	up_read(&dm_index_lock);
	return md;
}

struct mapped_device *dm_index_find_name(const char *name)
{
	return index_get(&by_name, name);
}

struct mapped_device *dm_index_find_uuid(const char *uuid)
{
	return index_get(&by_uuid, uuid);
}

static void names_copy(const struct mapped_device *md, char *name, char *uuid)
{
	if (name)
		strscpy(name, md->name, DM_NAME_LEN);
	if (!uuid)
		return;
	if (md->uuid)
		strscpy(uuid, md->uuid, DM_UUID_LEN);
	else
		*uuid = '\0';
}

struct mapped_device *dm_index_find(char *name, char *uuid)
{
	const bool named = *name;
	struct mapped_device *md;

	down_read(&dm_index_lock);
	md = named ? tree_find(&by_name, name) : tree_find(&by_uuid, uuid);
	if (md) {
		dm_device_get(md);
		names_copy(md, named ? NULL : name, named ? uuid : NULL);
	}
	up_read(&dm_index_lock);
	return md;
}

bool dm_index_taken(const char *key, bool uuid)
{
	bool taken;

	down_read(&dm_index_lock);
	taken = tree_find(uuid ? &by_uuid : &by_name, key);
	up_read(&dm_index_lock);
	return taken;
}

int dm_index_rename(struct mapped_device *md, const char *name)
{
	char *copy = kstrdup(name, GFP_KERNEL);
	int r = 0;

	if (!copy)
		return -ENOMEM;
	down_write(&dm_index_lock);
	if (!indexed(md)) {
		r = -ENXIO;
	} else if (tree_find(&by_name, copy)) {
		r = -EBUSY;
	} else {
		tree_remove(&by_name, md);
		swap(md->name, copy);
		tree_add(&by_name, md);
	}
	up_write(&dm_index_lock);
	kfree(copy);
	return r;
}

int dm_index_set_uuid(struct mapped_device *md, const char *uuid, char *had)
{
	char *copy = kstrdup(uuid, GFP_KERNEL);
	int r = 0;

	if (!copy)
		return -ENOMEM;
	down_write(&dm_index_lock);
	if (!indexed(md)) {
		r = -ENXIO;
	} else if (tree_find(&by_uuid, copy)) {
		r = -EBUSY;
	} else if (md->uuid) {
		strscpy(had, md->uuid, DM_UUID_LEN);
		r = -EINVAL;
	} else {
		swap(md->uuid, copy);
		tree_add(&by_uuid, md);
	}
	up_write(&dm_index_lock);
	kfree(copy);
	return r;
}

int dm_index_names(struct mapped_device *md, char *name, char *uuid)
{
	int r = 0;

	down_read(&dm_index_lock);
	if (indexed(md))
		names_copy(md, name, uuid);
	else
		r = -ENXIO;
	up_read(&dm_index_lock);
	return r;
}

int dm_index_for_each(int (*fn)(struct mapped_device *md, void *context), void *context)
{
	struct rb_node *node;
	int r = 0;

	down_read(&dm_index_lock);
	for (node = rb_first(&by_name.root); node && !r; node = rb_next(node))
		r = fn(tree_device(&by_name, node), context);
	up_read(&dm_index_lock);
	return r;
}

struct mapped_device *dm_index_next(const char *name)
{
	struct mapped_device *md = NULL;
	struct rb_node *node;

	down_read(&dm_index_lock);
	node = by_name.root.rb_node;
	while (node) {
		struct mapped_device *at = tree_device(&by_name, node);

		if (!name || strcmp(name, at->name) < 0) {
			md = at;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	if (md)
		dm_device_get(md);
	up_read(&dm_index_lock);
	return md;
}
