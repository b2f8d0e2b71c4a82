// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mapper/control: checked copy in and out, and the table of commands.
 * What the commands do is in control/.
 */
#include <linux/compat.h>
#include <linux/device-mapper.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/pagemap.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "control.h"
#include "event.h"

#define DM_MSG_PREFIX "ioctl"

/* What a command takes and gives */
#define TAKES_DATA	0x1	/* what lies behind the header is copied in */
#define GIVES_DATA	0x2	/* a payload goes out, at a data_start of our own */
#define KEEPS_HEADER	0x40	/* of the header just the version comes back */
#define ANY_DEVICE	0x8	/* name and uuid say no device, and need not end */
#define CREATES		0x10	/* name and uuid are what a new device gets */
#define GLOBAL_EVENT	0x20	/* pollers want to know of its success */

struct command {
	int (*fn)(struct dm_call *call);
	unsigned int flags;
};

/* The size of the table is checked against the header below. */
static const struct command commands[] = {
	/* answered by the version check, which every command passes */
	[DM_VERSION_CMD] = { NULL, 0 },
	[DM_REMOVE_ALL_CMD] = {
		dm_cmd_remove_all, KEEPS_HEADER | ANY_DEVICE | GLOBAL_EVENT,
	},
	[DM_LIST_DEVICES_CMD] = { dm_cmd_list_devices, GIVES_DATA | ANY_DEVICE },
	[DM_DEV_CREATE_CMD] = { dm_cmd_create, CREATES | GLOBAL_EVENT },
	[DM_DEV_REMOVE_CMD] = { dm_cmd_remove, GLOBAL_EVENT },
	[DM_DEV_RENAME_CMD] = { dm_cmd_rename, TAKES_DATA | GLOBAL_EVENT },
	[DM_DEV_SUSPEND_CMD] = { dm_cmd_suspend, 0 },
	[DM_DEV_STATUS_CMD] = { dm_cmd_status, 0 },
	[DM_DEV_WAIT_CMD] = { dm_cmd_wait, GIVES_DATA },
	[DM_TABLE_LOAD_CMD] = { dm_cmd_load, TAKES_DATA },
	[DM_TABLE_CLEAR_CMD] = { dm_cmd_clear, 0 },
	[DM_TABLE_DEPS_CMD] = { dm_cmd_deps, GIVES_DATA },
	[DM_TABLE_STATUS_CMD] = { dm_cmd_table_status, GIVES_DATA },
	[DM_LIST_VERSIONS_CMD] = { dm_cmd_list_versions, GIVES_DATA | ANY_DEVICE },
	[DM_TARGET_MSG_CMD] = { dm_cmd_message, TAKES_DATA | GIVES_DATA },
	[DM_DEV_SET_GEOMETRY_CMD] = { dm_cmd_geometry, TAKES_DATA | KEEPS_HEADER },
	[DM_DEV_ARM_POLL_CMD] = { dm_cmd_arm_poll, 0 },
	[DM_GET_TARGET_VERSION_CMD] = { dm_cmd_target_version, GIVES_DATA },
};

static const struct command *command_lookup(unsigned int nr)
{
	/* a new command in the header must be given its place here */
	BUILD_BUG_ON(ARRAY_SIZE(commands) != DM_GET_TARGET_VERSION_CMD + 1);

	if (nr >= ARRAY_SIZE(commands))
		return NULL;
	return &commands[array_index_nospec(nr, ARRAY_SIZE(commands))];
}

/*
 * Copy in the header. Of one that is not all there at least the version is looked
 * at, which is all that DM_VERSION takes. Returns whether all of it came.
 */
static bool header_copy_in(struct dm_ioctl *hdr, struct dm_ioctl __user *user, unsigned int nr,
			   bool *version)
{
	*version = true;
	if (nr != DM_VERSION_CMD && !copy_from_user(hdr, user, DM_REQUEST_MIN))
		return true;
	*version = !copy_from_user(hdr->version, user->version, sizeof(hdr->version));
	return false;
}

/* Compare versions, and tell the caller ours, whatever comes of the call. */
static int version_exchange(unsigned int nr, struct dm_ioctl *hdr, struct dm_ioctl __user *user)
{
	const u32 ours[3] = { DM_VERSION_MAJOR, DM_VERSION_MINOR, DM_VERSION_PATCHLEVEL };
	const u32 *theirs = hdr->version;
	int r = 0;

	if (theirs[0] != ours[0] || theirs[1] > ours[1]) {
		DMERR("ioctl interface mismatch: kernel(%u.%u.%u), user(%u.%u.%u), cmd(%d)",
		      ours[0], ours[1], ours[2], theirs[0], theirs[1], theirs[2], nr);
		r = -EINVAL;
	}
	if (copy_to_user(user->version, ours, sizeof(ours)))
		return -EFAULT;
	/* a reply has it, too */
	memcpy(hdr->version, ours, sizeof(ours));
	return r;
}

/* Copy in what lies behind the header; it and the header then stand in a buffer. */
static int data_copy_in(struct dm_request *req, struct dm_ioctl *hdr, struct dm_ioctl __user *user)
{
	/* a size that the caller does not have costs no memory */
	if (!access_ok(user, req->size) ||
	    fault_in_readable((char __user *)user + req->size - 1, 1))
		return -EFAULT;
	req->buf = kvmalloc(max(req->size, sizeof(*hdr)), GFP_KERNEL);
	if (!req->buf)
		return -ENOMEM;
	memcpy(req->buf, hdr, sizeof(*hdr));
	if (copy_from_user(req->buf + DM_REQUEST_MIN, (char __user *)user + DM_REQUEST_MIN,
			   req->size - DM_REQUEST_MIN))
		return -EFAULT;
	req->hdr = (struct dm_ioctl *)req->buf;
	return 0;
}

/*
 * Behind the header copy in what the command takes. @hdr is the header, and stays
 * so for commands that take no more.
 */
static int request_copy_in(struct dm_request *req, struct dm_ioctl *hdr,
			   struct dm_ioctl __user *user, const struct command *cmd)
{
	int r = 0;

	/* the padding at its end, which is not the caller's */
	memset(hdr->data, 0, sizeof(hdr->data));
	if (!dm_request_size_ok(hdr->data_size)) {
		DMERR("Invalid data size in the ioctl structure: %u", hdr->data_size);
		return -EINVAL;
	}
	req->hdr = hdr;
	req->size = hdr->data_size;
	req->secure = hdr->flags & DM_SECURE_DATA_FLAG;

	if (cmd->flags & TAKES_DATA)
		r = data_copy_in(req, hdr, user);
	if (r == -EFAULT)
		return r;
	/* neither side keeps a copy of what may be secret, for want of memory either */
	if (req->secure && clear_user(user, cmd->flags & (TAKES_DATA | GIVES_DATA) ? req->size :
										DM_REQUEST_MIN))
		return -EFAULT;
	return r;
}

static void request_free(struct dm_request *req, struct dm_ioctl *hdr)
{
	if (req->buf && req->secure)
		kvfree_sensitive(req->buf, max(req->size, sizeof(*hdr)));
	else if (req->buf)
		kvfree(req->buf);
	if (req->secure)
		memzero_explicit(hdr, sizeof(*hdr));
}

/* What holds for the header whatever the command. */
static int header_check(struct dm_ioctl *hdr, const struct command *cmd, unsigned int nr)
{
	hdr->flags &= ~(DM_BUFFER_FULL_FLAG | DM_UEVENT_GENERATED_FLAG | DM_SECURE_DATA_FLAG |
			DM_DATA_OUT_FLAG);
	/* what a list filters by need not end */
	if (cmd->flags & ANY_DEVICE)
		return 0;
	hdr->name[DM_NAME_LEN - 1] = '\0';
	hdr->uuid[DM_UUID_LEN - 1] = '\0';
	if (cmd->flags & CREATES)
		return 0;
	if (*hdr->uuid && *hdr->name) {
		DMERR("only supply one of name or uuid, cmd(%u)", nr);
		return -EINVAL;
	}
	return 0;
}

/* Copy out the header, and of the payload just what was produced. */
static int reply_copy_out(struct dm_call *call, struct dm_ioctl __user *user,
			  const struct command *cmd)
{
	struct dm_ioctl *hdr = call->req.hdr;
	const struct dm_reply *reply = &call->reply;
	u32 start = min_t(size_t, sizeof(*hdr), call->req.size);

	if (cmd->flags & KEEPS_HEADER)
		return 0;
	if (cmd->flags & GIVES_DATA && !reply->none)
		hdr->data_start = start;
	hdr->data_size = reply->used || reply->empty ?
			 start + max(reply->used, reply->claim) : DM_REQUEST_MIN;
	if (reply->full)
		hdr->flags |= DM_BUFFER_FULL_FLAG;
	if (copy_to_user(user, hdr, DM_REQUEST_MIN))
		return -EFAULT;
	if (reply->used && copy_to_user((char __user *)user + start, reply->base, reply->used))
		return -EFAULT;
	return 0;
}

static int command_run(struct dm_call *call, struct dm_ioctl __user *user,
		       const struct command *cmd, unsigned int nr)
{
	size_t size = call->req.size;
	int r;

	if (cmd->flags & GIVES_DATA && size > sizeof(struct dm_ioctl))
		dm_reply_init(&call->reply, size - sizeof(struct dm_ioctl));
	call->reply.secure = call->req.secure;
	r = header_check(call->req.hdr, cmd, nr);
	if (!r)
		r = cmd->fn(call);
	if (!r && call->reply.nomem)
		r = -ENOMEM;
	if (!r && cmd->flags & GLOBAL_EVENT)
		dm_event_global();
	if (!r)
		r = reply_copy_out(call, user, cmd);
	if (call->reply.base)
		dm_reply_free(&call->reply);
	return r;
}

/* Run a command on a header that came whole. */
static int control_call(struct file *file, struct dm_ioctl *hdr, struct dm_ioctl __user *user,
			const struct command *cmd, unsigned int nr)
{
	struct dm_call call;
	unsigned int noio;
	int r;

	call.file = file->private_data;
	call.req = (struct dm_request){ };
	call.reply = (struct dm_reply){ };
	/*
	 * Memory must not be waited for by I/O: it could be to a device that is
	 * suspended, and this the call that is to resume it.
	 */
	noio = memalloc_noio_save();
	r = request_copy_in(&call.req, hdr, user, cmd);
	if (!r)
		r = command_run(&call, user, cmd, nr);
	request_free(&call.req, hdr);
	memalloc_noio_restore(noio);
	return r;
}

static long control_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct dm_ioctl __user *user = (struct dm_ioctl __user *)arg;
	unsigned int nr = _IOC_NR(command);
	const struct command *cmd;
	struct dm_ioctl hdr;
	bool whole, version;
	int r;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (_IOC_TYPE(command) != DM_IOCTL)
		return -ENOTTY;
	whole = header_copy_in(&hdr, user, nr, &version);
	if (!version)
		return -EFAULT;
	r = version_exchange(nr, &hdr, user);
	if (r || nr == DM_VERSION_CMD)
		return r;
	cmd = command_lookup(nr);
	if (!cmd) {
		DMERR("dm_ctl_ioctl: unknown command 0x%x", command);
		return -ENOTTY;
	}
	return whole ? control_call(file, &hdr, user, cmd, nr) : -EFAULT;
}

#ifdef CONFIG_COMPAT
/* The structures have the same layout for 32-bit callers. */
static long control_compat_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	BUILD_BUG_ON(sizeof(struct dm_ioctl) != 312);
	BUILD_BUG_ON(offsetof(struct dm_name_list, name) != 12);
	BUILD_BUG_ON(sizeof(struct dm_target_spec) != 40);
	return control_ioctl(file, command, (unsigned long)compat_ptr(arg));
}
#else
#define control_compat_ioctl NULL
#endif

static int control_open(struct inode *inode, struct file *file)
{
	struct dm_control_file *control;
	int r;

	r = nonseekable_open(inode, file);
	if (r)
		return r;
	control = kzalloc(sizeof(*control), GFP_KERNEL);
	if (!control)
		return -ENOMEM;
	control->global_event_nr = dm_event_global_nr();
	file->private_data = control;
	return 0;
}

static int control_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static __poll_t control_poll(struct file *file, poll_table *wait)
{
	struct dm_control_file *control = file->private_data;

	poll_wait(file, dm_event_global_wait(), wait);
	return READ_ONCE(control->global_event_nr) != dm_event_global_nr() ? EPOLLIN : 0;
}

static const struct file_operations control_fops = {
	.owner		= THIS_MODULE,
	.open		= control_open,
	.release	= control_release,
	.poll		= control_poll,
	.unlocked_ioctl	= control_ioctl,
	.compat_ioctl	= control_compat_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice control_device = {
	.minor		= MAPPER_CTRL_MINOR,
	.name		= DM_NAME,
	.nodename	= DM_DIR "/" DM_CONTROL_NODE,
	.fops		= &control_fops,
};

int dm_control_start(void)
{
	int r = misc_register(&control_device);

	if (!r)
		pr_info(DM_NAME ": ioctl: %u.%u.%u%s initialised: dm-core\n", DM_VERSION_MAJOR,
			DM_VERSION_MINOR, DM_VERSION_PATCHLEVEL, DM_VERSION_EXTRA);
	return r;
}

void dm_control_stop(void)
{
	misc_deregister(&control_device);
}

MODULE_ALIAS_MISCDEV(MAPPER_CTRL_MINOR);
MODULE_ALIAS("devname:" DM_DIR "/" DM_CONTROL_NODE);
