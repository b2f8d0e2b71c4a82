// SPDX-License-Identifier: GPL-2.0
/* Devices that are created as the module is loaded, see include/create.h. */
#include <linux/blkdev.h>
#include <linux/device/driver.h>
#include <linux/device-mapper.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "concise.h"
#include "create.h"
#include "device.h"
#include "lower.h"
#include "table.h"
#include "verbs.h"

#define DM_MSG_PREFIX "create"

static void text_free(void *arg)
{
	char **text = arg;

	/* a table of crypt has a key in it */
	kfree_sensitive(*text);
	*text = NULL;
}

/* As "charp", which takes no more than a kilobyte. */
static int text_set(const char *value, const struct kernel_param *kp)
{
	char *copy = kstrdup(value, GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	text_free(kp->arg);
	*(char **)kp->arg = copy;
	return 0;
}

static const struct kernel_param_ops text_ops = { .set = text_set, .free = text_free };

/* Read once, and not to be seen: there is no file for them in sysfs. */
static char *create;
module_param_cb(create, &text_ops, &create, 0);
__MODULE_PARM_TYPE(create, "charp");
MODULE_PARM_DESC(create, "Devices to create: NAME,UUID,MINOR,FLAGS,TABLE[,TABLE...][;NAME,...]");

static char *waitfor;
module_param_cb(waitfor, &text_ops, &waitfor, 0);
__MODULE_PARM_TYPE(waitfor, "charp");
MODULE_PARM_DESC(waitfor, "Devices to wait for before that: DEVICE[,DEVICE...]");

/*
 * The types that the kernel's documentation of dm-init allows. All others are left
 * to user space: some need it to look at their metadata first, which would else be
 * believed and written to whatever they hold; some need messages to be of use; and the
 * rest are not for a system to start from.
 */
static const char * const allowed[] = {
	"crypt", "delay", "linear", "snapshot-origin", "striped", "verity",
};

static LIST_HEAD(wanted);

static DECLARE_WAIT_QUEUE_HEAD(stop_wait);
static bool stopping;

bool dm_create_allowed(const struct list_head *devices)
{
	struct dm_concise *dev;
	unsigned int i;

	list_for_each_entry(dev, devices, list) {
		for (i = 0; i < dev->num_specs; i++) {
			const char *type = dev->specs[i].type;

			if (match_string(allowed, ARRAY_SIZE(allowed), type) >= 0)
				continue;
			DMERR("device %u (%s), line %u of its table: type %s is left to user space",
			      dev->nr, dev->name, i + 1, type);
			return false;
		}
	}
	return true;
}

/* The lines of a table, one after the other. */
struct lines {
	struct dm_spec *at;
	unsigned int left;
};

static int lines_next(void *context, struct dm_spec *spec)
{
	struct lines *lines = context;

	if (!lines->left)
		return 0;
	lines->left--;
	*spec = *lines->at++;
	return 1;
}

/*
 * What was made so far goes. udev may have it open; it goes when it is closed then. Where a
 * target has refused to resume, I/O waits for another try, of which there is
 * none: it fails instead, or the device would never be closed.
 */
static void device_abandon(struct mapped_device *md)
{
	char none[] = "";
	struct dm_spec error = { .type = "error", .params = none };
	struct lines lines = { .at = &error, .left = 1 };
	bool uevent;

	if (dm_verb_remove(md, true, 0, &uevent) != -EINPROGRESS ||
	    dm_state_get(md) != DM_STATE_SUSPENDED)
		return;
	error.len = get_capacity(md->disk);
	if (dm_verb_load(md, BLK_OPEN_READ | BLK_OPEN_WRITE, 1, lines_next, &lines) ||
	    dm_verb_resume(md, false, false, 0, &uevent))
		DMWARN("%s stays suspended: somebody has it open", dm_device_name(md));
}

int dm_create_device(struct dm_concise *dev)
{
	struct lines lines = { .at = dev->specs, .left = dev->num_specs };
	blk_mode_t mode = BLK_OPEN_READ | (dev->readonly ? 0 : BLK_OPEN_WRITE);
	struct mapped_device *md;
	bool uevent;
	int r;

	r = dm_verb_create(dev->name, dev->uuid, dev->minor, &md);
	if (r)
		return r;
	r = dm_verb_load(md, mode, dev->num_specs, lines_next, &lines);
	if (!r)
		r = dm_verb_resume(md, false, false, 0, &uevent);
	if (r)
		device_abandon(md);
	else
		DMINFO("%s is there as %s", dev->name, md->disk->disk_name);
	dm_device_put(md);
	return r;
}

/* Polling waits this long at first, and then ever longer, in ms. */
#define POLL_FIRST	50
#define POLL_MOST	1000

/* Return whether the device has come; false where the module is to go instead. */
static bool device_wait(const char *path)
{
	unsigned int rest = POLL_FIRST;

	/*
	 * Nobody tells a module of new disks, still less of udev's links to them. There is no
	 * limit to it: nothing but these devices depends on it, and a disk may be slow.
	 */
	while (!dm_lower_ready(path)) {
		if (rest == POLL_FIRST)
			DMINFO("waiting for device %s", path);
		if (wait_event_idle_timeout(stop_wait, READ_ONCE(stopping),
					    msecs_to_jiffies(rest)))
			return false;
		rest = min(rest * 2, POLL_MOST);
	}
	return true;
}

static bool devices_wait(void)
{
	char *rest = waitfor, *path;

	/* disks whose drivers are here, and only need a moment */
	wait_for_device_probe();
	while ((path = strsep(&rest, ","))) {
		path = strim(path);
		if (*path && !device_wait(path))
			return false;
	}
	return true;
}

static void create_all(void)
{
	struct dm_concise *dev;
	int r;

	list_for_each_entry(dev, &wanted, list) {
		r = dm_create_device(dev);
		if (!r)
			continue;
		DMERR("device %u (%s) is not created%s (%pe)", dev->nr, dev->name,
		      list_is_last(&dev->list, &wanted) ? "" : ", nor are those behind it",
		      ERR_PTR(r));
		return;
	}
}

static void create_end(void)
{
	dm_concise_free(&wanted);
	text_free(&create);
}

static void create_run(struct work_struct *work)
{
	/* while it waits, the module may be unloaded; while it creates, not */
	if (!devices_wait() || !try_module_get(THIS_MODULE))
		return;
	create_all();
	create_end();
	/* dm_create_stop() waits for what follows */
	module_put(THIS_MODULE);
}

static DECLARE_WORK(create_work, create_run);

static int module_event(struct notifier_block *nb, unsigned long event, void *module)
{
	if (module == THIS_MODULE && event == MODULE_STATE_LIVE)
		queue_work(system_unbound_wq, &create_work);
	return NOTIFY_DONE;
}

static struct notifier_block module_nb = { .notifier_call = module_event };

static void fault_say(const struct dm_concise_fault *fault)
{
	const char *name = fault->name ?: "no name";

	if (fault->line)
		DMERR("device %u (%s), line %u of its table: %s", fault->nr, name, fault->line,
		      fault->what);
	else
		DMERR("device %u (%s): %s", fault->nr, name, fault->what);
}

/* Read the parameter. Return whether all of it can be done. */
static bool create_read(void)
{
	struct dm_concise_fault fault;

	if (!dm_concise_parse(create, &wanted, &fault))
		return dm_create_allowed(&wanted);
	fault_say(&fault);
	return false;
}

int dm_create_start(void)
{
	bool good;
	int r = 0;

	if (!create)
		return 0;
	good = create_read();
	if (!good)
		DMERR("no device is created");
	else if (!list_empty(&wanted))
		r = register_module_notifier(&module_nb);
	if (!good || r)
		create_end();
	return r;
}

void dm_create_stop(void)
{
	/* an error where it was never registered */
	unregister_module_notifier(&module_nb);
	WRITE_ONCE(stopping, true);
	wake_up_all(&stop_wait);
	cancel_work_sync(&create_work);
	create_end();
}
