#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Read the BTF (type information) of a kernel and of modules built on it.

usage: scripts/btf.py BZIMAGE-OR-VMLINUX MODULE NAME...
Prints the prototypes of functions and the layouts of structures and enums.
"""
import lzma
import struct
import subprocess
import sys
import zlib

(INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC,
 FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64) = range(1, 20)

TRANSPARENT = {VOLATILE: "volatile ", CONST: "const ", RESTRICT: "", TYPE_TAG: ""}


class Error(Exception):
    pass


def elf_section(data, wanted):
    """The bytes of a section of a 64-bit little-endian ELF file, or None."""
    if data[:6] != b"\x7fELF\x02\x01":
        raise Error("not a 64-bit little-endian ELF file")
    shoff, = struct.unpack_from("<Q", data, 0x28)
    shentsize, shnum, shstrndx = struct.unpack_from("<HHH", data, 0x3a)
    heads = [struct.unpack_from("<IIQQQQ", data, shoff + i * shentsize) for i in range(shnum)]
    strings = heads[shstrndx][4]
    for name, _, _, _, offset, size in heads:
        end = data.index(b"\0", strings + name)
        if data[strings + name:end] == wanted.encode():
            return data[offset:offset + size]
    return None


def piped(command, data):
    # the decompressors stop with an error at what follows the compressed data
    return subprocess.run(command, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False).stdout


def kernel_image(data):
    """The ELF file inside a bzImage; an ELF file is returned as it is."""
    if data[:4] == b"\x7fELF":
        return data
    if data[0x1fe:0x200] != b"\x55\xaa":
        raise Error("neither an ELF file nor a bzImage")
    start = ((data[0x1f1] or 4) + 1) * 512 + struct.unpack_from("<I", data, 0x248)[0]
    payload = data[start:start + struct.unpack_from("<I", data, 0x24c)[0]]
    if payload[:6] == b"\xfd7zXZ\0":
        return lzma.LZMADecompressor().decompress(payload)
    if payload[:2] == b"\x1f\x8b":
        return zlib.decompressobj(31).decompress(payload)
    if payload[:4] == b"\x28\xb5\x2f\xfd":
        return piped(["zstd", "-dc"], payload)
    raise Error("the kernel is compressed in a way that is not known here")


def module_image(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] == b"\xfd7zXZ\0":
        data = lzma.decompress(data)
    return data


class Btf:
    """The types of a kernel, or of a module on top of its kernel's (base)."""

    def __init__(self, raw, base=None):
        self.base = base
        self.raw = raw
        self.first = base.end if base else 1
        self.first_string = base.strings_end if base else 0
        magic, _, _, head = struct.unpack_from("<HBBI", raw, 0)
        if magic != 0xeb9f:
            raise Error("not BTF")
        type_off, type_len, str_off, str_len = struct.unpack_from("<IIII", raw, 8)
        self.strings = raw[head + str_off:head + str_off + str_len]
        self.strings_end = self.first_string + str_len
        self.types = []
        self.functions = {}
        self.tagged = {}
        self.parse(raw[head + type_off:head + type_off + type_len])
        self.end = self.first + len(self.types)

    def string(self, offset):
        if offset < self.first_string:
            return self.base.string(offset)
        offset -= self.first_string
        return self.strings[offset:self.strings.index(b"\0", offset)].decode()

    def parse(self, data):
        extra = {INT: "I", ARRAY: "III", VAR: "I", DECL_TAG: "i"}
        each = {STRUCT: "III", UNION: "III", ENUM: "Ii", FUNC_PROTO: "II", DATASEC: "III",
                ENUM64: "III"}
        at = 0
        while at < len(data):
            name, info, size = struct.unpack_from("<III", data, at)
            kind, count, flag = info >> 24 & 0x1f, info & 0xffff, info >> 31
            at += 12
            detail = ()
            if kind in extra:
                detail = struct.unpack_from("<" + extra[kind], data, at)
                at += struct.calcsize("<" + extra[kind])
            elif kind in each:
                detail = list(struct.iter_unpack(
                    "<" + each[kind],
                    data[at:at + count * struct.calcsize("<" + each[kind])]))
                at += count * struct.calcsize("<" + each[kind])
            number = self.first + len(self.types)
            name = self.string(name)
            self.types.append((kind, name, flag, size, detail))
            if kind == FUNC:
                self.functions[name] = number
            elif kind in (STRUCT, UNION, ENUM, ENUM64, TYPEDEF):
                self.tagged.setdefault(name, number)

    def type(self, number):
        if number < self.first:
            return self.base.type(number)
        return self.types[number - self.first]

    def name(self, number):
        """A type as one would write it; what has no name is written in full."""
        if not number:
            return "void"
        kind, name, flag, ref, detail = self.type(number)
        if kind in (INT, FLOAT, TYPEDEF):
            return name
        if kind == PTR:
            if ref and self.type(ref)[0] == FUNC_PROTO:
                return self.signature(ref, "(*)")
            return self.name(ref) + " *"
        if kind in TRANSPARENT:
            return TRANSPARENT[kind] + self.name(ref)
        if kind == ARRAY:
            return "%s[%d]" % (self.name(detail[0]), detail[2])
        if kind == FUNC_PROTO:
            return self.signature(number, "")
        word = {STRUCT: "struct", UNION: "union", ENUM: "enum", ENUM64: "enum",
                FWD: "union" if flag else "struct"}[kind]
        return "%s %s" % (word, name) if name else \
            "%s { %s }" % (word, "; ".join(self.members(number)))

    def signature(self, number, name):
        _, _, _, ret, params = self.type(number)
        words = [self.name(param) if param else "..." for _, param in params]
        return "%s %s(%s)" % (self.name(ret), name, ", ".join(words) or "void")

    def members(self, number):
        """The lines that make out a layout: offset in bits, type, name."""
        kind, _, flag, size, detail = self.type(number)
        if kind in (ENUM, ENUM64):
            return ["%s = %d" % (self.string(m[0]), m[1] | m[2] << 32 if len(m) > 2 else m[1])
                    for m in detail]
        lines = []
        for name, member, place in detail:
            bits = place >> 24 if flag else 0
            lines.append("%d%s %s %s" % (place & 0xffffff if flag else place,
                                         ":%d" % bits if bits else "",
                                         self.name(member), self.string(name)))
        return lines

    def find(self, name):
        """The number of a structure, union, enum or typedef; None without one."""
        if name in self.tagged:
            return self.tagged[name]
        return self.base.find(name) if self.base else None

    def embedded(self, name):
        """The names of structures and unions that lie inside one."""
        names = []
        todo = [self.find(name)]
        while todo:
            kind, _, _, ref, detail = self.type(todo.pop())
            if kind == TYPEDEF:
                todo.append(ref)
                continue
            for _, member, _ in detail if kind in (STRUCT, UNION) else ():
                inner = self.inner(member)
                if inner and self.type(inner)[1]:
                    names.append(self.type(inner)[1])
                elif inner:
                    todo.append(inner)
        return names

    def inner(self, number):
        """The structure or union that a member is, or an array of; else None."""
        while number:
            kind, _, _, ref, detail = self.type(number)
            if kind in (STRUCT, UNION):
                return number
            if kind == ARRAY:
                number = detail[0]
            elif kind == TYPEDEF or kind in TRANSPARENT:
                number = ref
            else:
                break
        return None

    def typedef(self, name):
        """What a typedef stands for, as one would write it; or None."""
        number = self.find(name)
        return self.name(self.type(number)[3]) if number and \
            self.type(number)[0] == TYPEDEF else None

    def prototype(self, function):
        """The prototype of a function, or None."""
        number = self.functions.get(function)
        return self.signature(self.type(number)[3], function) if number else None

    def layout(self, name):
        """Size and members of a structure, union or enum; or None."""
        number = self.find(name)
        while number and self.type(number)[0] == TYPEDEF:
            number = self.type(number)[3]
        if not number or self.type(number)[0] not in (STRUCT, UNION, ENUM, ENUM64):
            return None
        return ["size %d" % self.type(number)[3]] + self.members(number)


def kernel(path):
    with open(path, "rb") as file:
        raw = elf_section(kernel_image(file.read()), ".BTF")
    if raw is None:
        raise Error("%s holds no BTF" % path)
    return Btf(raw)


def module(path, base):
    """The BTF of a module; None where it holds none."""
    raw = elf_section(module_image(path), ".BTF")
    return Btf(raw, base) if raw is not None else None


def main():
    btf = module(sys.argv[2], kernel(sys.argv[1]))
    for name in sys.argv[3:]:
        print(btf.prototype(name) or "%s: %s" % (name, btf.layout(name)))


if __name__ == "__main__":
    main()
