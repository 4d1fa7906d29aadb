#include "play/memory_calls.h"

#include <algorithm>

#include "mm/shmem.h"
#include "mm/swap_space.h"
#include "play/looking.h"
#include "play/page_calls.h"

namespace mmscope {

namespace {

struct MmapConstant {
    std::string_view name;
    i64 value;
};

// Of Linux on x86, as user space sees them.
constexpr MmapConstant kMmapConstants[] = {{"PROT_NONE", 0},       {"PROT_READ", 1},  {"PROT_WRITE", 2},
                                           {"PROT_EXEC", 4},       {"MAP_SHARED", 1}, {"MAP_PRIVATE", 2},
                                           {"MAP_ANONYMOUS", 0x20}, {"MAP_FIXED", 0x10},
                                           {"MAP_NORESERVE", 0x4000}, {"MAP_FIXED_NOREPLACE", 0x100000},
                                           {"MAP_HUGETLB", 0x40000}, {"MAP_HUGE_2MB", 21 << 26},
                                           {"MAP_HUGE_1GB", 30 << 26},
                                           {"MADV_NORMAL", 0},     {"MADV_RANDOM", 1}, {"MADV_SEQUENTIAL", 2},
                                           {"MADV_WILLNEED", 3},   {"MADV_DONTNEED", 4},
                                           {"MADV_HUGEPAGE", 14},  {"MADV_NOHUGEPAGE", 15}};
constexpr i64 kReadWrite = 1 | 2;
constexpr i64 kPrivateAnonymous = 2 | 0x20;

Message out_of_range(std::string_view key, i64 value, i64 least, i64 most) {
    return Message("error.out_of_range")
        .text("key", key)
        .number("least", least)
        .number("most", most)
        .number("value", value);
}

bool read_number(const Scene& scene, PageCall call, const Value* arguments, u32 index, i64* number, Message* error) {
    if (arguments[index].kind != ValueKind::integer)
        return fail_argument(scene, page_call_word(call), index, ValueKind::integer, arguments[index], error);
    *number = arguments[index].number;
    return true;
}

Message wrong_count(PageCall call, u32 count) {
    return Message("error.argument_count").text("signature", page_call_word(call).signature).number("count", count);
}

// Bytes as whole pages; 1 .. what one mapping can have.
bool read_pages(const Scene& scene, PageCall call, const Value* arguments, u32 index, u32* pages, Message* error) {
    i64 bytes = 0;
    if (!read_number(scene, call, arguments, index, &bytes, error)) return false;
    const i64 most = i64{kMostMappingPages} * kPageSize;
    if (bytes < 1 || bytes > most) {
        *error = out_of_range(page_call_word(call).name, bytes, 1, most);
        return false;
    }
    *pages = static_cast<u32>((bytes + kPageSize - 1) / kPageSize);
    return true;
}

// Why the machine cannot have so many pages more in a new file or area; empty if it can.
Message room_fault(const MappingTable& table, u32 pages) {
    if (table.mappings.size() >= kMostMappings) return Message("error.bound_mappings").number("most", kMostMappings);
    if (pages <= kMostMappedPages - table.frame.size()) return {};
    return Message("error.bound_mapped_pages").number("most", kMostMappedPages).number("pages", pages);
}

bool read_page_count(const Scene& scene, PageCall call, const Value* arguments, u32 index, u32* pages, Message* error) {
    i64 number = 0;
    if (!read_number(scene, call, arguments, index, &number, error)) return false;
    if (number < 1 || number > kMostMappingPages) {
        *error = out_of_range(page_call_word(call).name, number, 1, kMostMappingPages);
        return false;
    }
    *pages = static_cast<u32>(number);
    return true;
}

bool read_text(const Scene& scene, PageCall call, const Value* arguments, std::string* text, Message* error) {
    if (arguments[0].kind != ValueKind::text)
        return fail_argument(scene, page_call_word(call), 0, ValueKind::text, arguments[0], error);
    *text = scene.code.texts[static_cast<u32>(arguments[0].number)];
    return true;
}

// Of shm_open and shm_unlink a name in /dev/shm, which the C library checks; of open and unlink a path.
bool read_tmpfs_path(const Scene& scene, PageCall call, const Value* arguments, std::string* path, i64* refused,
                     Message* error) {
    std::string text;
    if (!read_text(scene, call, arguments, &text, error)) return false;
    if (call == PageCall::shm_open || call == PageCall::shm_unlink) {
        text.erase(0, std::min(text.find_first_not_of('/'), text.size()));
        const bool is_name = !text.empty() && text.size() < kLongestFileName - 1 && text.find('/') == std::string::npos;
        *refused = is_name ? 0 : failed(Errno::einval);
        *path = std::string(kTmpfsMounts[0].path) + text;
        return true;
    }
    const TmpfsMount* mount = tmpfs_mount(text);
    const std::size_t length = mount == nullptr ? 0 : text.size() - mount->path.size();
    if (length == 0 || text.find('/', mount->path.size()) != std::string::npos) {
        *error = Message("error.tmpfs_path").text("path", text);
        return false;
    }
    *refused = length > kLongestFileName ? failed(Errno::enametoolong) : 0;
    *path = text;
    return true;
}

// shm_open, and open of a path.
Result<Command, Message> open_tmpfs_command(const Scene& scene, PageCall call, const Value* arguments, u32 count) {
    OpenTmpfs open;
    open.call = call;
    Message error;
    if (!read_tmpfs_path(scene, call, arguments, &open.path, &open.error, &error)) return error;
    if (count == 1) return Command(open);
    u32 pages = 0;
    const bool is_read = call == PageCall::shm_open ? read_pages(scene, call, arguments, 1, &pages, &error)
                                                    : read_page_count(scene, call, arguments, 1, &pages, &error);
    if (!is_read) return error;
    if (Message fault = room_fault(scene.machine.memory().mapping_table(), pages); !fault.is_empty()) return fault;
    open.pages = pages;
    return Command(open);
}

Result<Command, Message> unlink_command(const Scene& scene, PageCall call, const Value* arguments) {
    UnlinkTmpfs unlink;
    unlink.call = call;
    Message error;
    if (!read_tmpfs_path(scene, call, arguments, &unlink.path, &unlink.error, &error)) return error;
    return Command(unlink);
}

Result<Command, Message> add_command(const Scene& scene, PageCall call, const Value* arguments, u32 count) {
    AddMapping add;
    Message error;
    if (call == PageCall::open) {
        if (arguments[0].kind == ValueKind::text) return open_tmpfs_command(scene, call, arguments, count);
        if (count == 2) return wrong_count(call, count);
        if (!read_page_count(scene, call, arguments, 0, &add.pages, &error)) return error;
    } else {
        add.kind = MappingKind::anonymous;
        if (!read_pages(scene, call, arguments, 0, &add.pages, &error)) return error;
        i64 protection = kReadWrite, flags = kPrivateAnonymous;
        if (count == 2 || count > 3) return wrong_count(call, count);
        if (count == 3 && (!read_number(scene, call, arguments, 1, &protection, &error) ||
                           !read_number(scene, call, arguments, 2, &flags, &error)))
            return error;
        if (protection != kReadWrite || flags != kPrivateAnonymous) return Message("error.mmap_later");
        if (scene.machine.memory().mapping_table().killed_by != 0)
            return Message("error.process_killed").number("call", scene.machine.memory().mapping_table().killed_by);
    }
    if (Message fault = room_fault(scene.machine.memory().mapping_table(), add.pages); !fault.is_empty()) return fault;
    return Command(add);
}

Result<Command, Message> truncate_command(const Scene& scene, const Value* arguments) {
    Message error;
    i64 bytes = 0;
    if (arguments[0].kind != ValueKind::file) {
        fail_argument(scene, page_call_word(PageCall::ftruncate), 0, ValueKind::file, arguments[0], &error);
        return error;
    }
    const u32 number = static_cast<u32>(arguments[0].number);
    const MappingTable& table = scene.machine.memory().mapping_table();
    if (Message fault = file_fault(table, number); !fault.is_empty()) return fault;
    if (table.mappings[number].kind != MappingKind::shmem) return Message("error.ftruncate_disk");
    if (!read_number(scene, PageCall::ftruncate, arguments, 1, &bytes, &error)) return error;
    const i64 most = i64{kMostMappingPages} * kPageSize;
    if (bytes < 0 || bytes > most) return out_of_range("ftruncate", bytes, 0, most);
    const u32 pages = static_cast<u32>(page_ceiling(static_cast<u64>(bytes)) >> kPageShift);
    const bool grows = pages > table.mappings[number].pages;
    if (grows && pages > kMostMappedPages - table.frame.size()) return room_fault(table, pages);
    return Command(Truncate{number, pages});
}

// A file, or the area that an address lies in, and how far into it.
bool read_place(const Scene& scene, PageCall call, const Value& value, u32* mapping, u64* offset, Message* error) {
    const MappingTable& table = scene.machine.memory().mapping_table();
    if (value.kind == ValueKind::file && call != PageCall::munmap) {
        *mapping = static_cast<u32>(value.number);
        *offset = 0;
        *error = file_fault(table, *mapping);
        return error->is_empty();
    }
    if (value.kind != ValueKind::address)
        return fail_argument(scene, page_call_word(call), 0, ValueKind::address, value, error);
    const u64 address = static_cast<u64>(value.number);
    const Mapping* found = table.find(address);
    if (found == nullptr) {
        *error = Message("error.no_area").hex("address", address);
        return false;
    }
    *mapping = static_cast<u32>(found - table.mappings.data());
    *offset = address - found->address;
    if (!found->is_gone) return true;
    *error = table.killed_by != 0 ? Message("error.process_killed").number("call", table.killed_by)
                                  : Message("error.unmapped").hex("address", address);
    return false;
}

// touch and pwrite: which pages of which mapping.
Result<Command, Message> touch_command(const Scene& scene, PageCall call, const Value* arguments, u32 count) {
    TouchPages touch;
    Message error;
    if (call == PageCall::pwrite && arguments[0].kind != ValueKind::file) {
        fail_argument(scene, page_call_word(call), 0, ValueKind::file, arguments[0], &error);
        return error;
    }
    u64 offset = 0;
    if (!read_place(scene, call, arguments[0], &touch.mapping, &offset, &error)) return error;
    const Mapping& mapping = scene.machine.memory().mapping_table().mappings[touch.mapping];
    if (count == 3) {
        i64 more = 0;
        if (!read_number(scene, call, arguments, 2, &more, &error)) return error;
        if (more < 0) return out_of_range(page_call_word(call).name, more, 0, i64{mapping.pages} * kPageSize);
        offset += static_cast<u64>(more);
    }
    const u64 size = u64{mapping.pages} * kPageSize;
    u64 bytes = offset < size ? size - offset : 0;
    if (count >= 2) {
        i64 wanted = 0;
        if (!read_number(scene, call, arguments, 1, &wanted, &error)) return error;
        if (wanted < 1) return out_of_range(page_call_word(call).name, wanted, 1, static_cast<i64>(bytes));
        bytes = static_cast<u64>(wanted);
    }
    if (offset >= size || bytes > size - offset)
        return Message("error.touch_beyond")
            .number("end", static_cast<i64>(offset + bytes))
            .number("size", static_cast<i64>(size));
    touch.first = static_cast<u32>(offset / kPageSize);
    touch.pages = static_cast<u32>((offset + bytes + kPageSize - 1) / kPageSize) - touch.first;
    if (call == PageCall::pwrite) return Command(WritePages{touch.mapping, touch.first, touch.pages});
    return Command(touch);
}

Result<Command, Message> unmap_command(const Scene& scene, const Value* arguments, u32 count) {
    Unmap unmap;
    Message error;
    u64 offset = 0;
    if (!read_place(scene, PageCall::munmap, arguments[0], &unmap.mapping, &offset, &error)) return error;
    const Mapping& mapping = scene.machine.memory().mapping_table().mappings[unmap.mapping];
    u32 pages = mapping.pages;
    if (count == 2 && !read_pages(scene, PageCall::munmap, arguments, 1, &pages, &error)) return error;
    if (offset != 0 || pages != mapping.pages) return Message("error.munmap_part").number("pages", mapping.pages);
    return Command(unmap);
}

Result<Command, Message> swap_command(const Scene& scene, PageCall call, const Value* arguments, u32 count) {
    Message error;
    i64 number = 0, priority = 0;
    if (!read_number(scene, call, arguments, 0, &number, &error)) return error;
    if (call == PageCall::swapoff) {
        if (number < 0 || number >= kMostSwapAreas) return out_of_range("swapoff", number, 0, kMostSwapAreas - 1);
        return Command(SwapOff{static_cast<u32>(number)});
    }
    const i64 most = i64{kMostSwapSlots} * kPageSize;
    if (number < 0 || number > most) return out_of_range("swapon", number, 0, most);
    SwapOn swapon{static_cast<u64>(number), {}};
    if (count == 2) {
        if (!read_number(scene, call, arguments, 1, &priority, &error)) return error;
        if (priority < 0 || priority > kMostSwapPriority) return out_of_range("swapon", priority, 0, kMostSwapPriority);
        swapon.priority = static_cast<i32>(priority);
    }
    return Command(swapon);
}

}  // namespace

Result<Command, Message> memory_command(const Scene& scene, PageCall call, const Value* arguments, u32 count) {
    switch (call) {
        case PageCall::open:
        case PageCall::mmap:
            return add_command(scene, call, arguments, count);
        case PageCall::shm_open:
            return open_tmpfs_command(scene, call, arguments, count);
        case PageCall::shm_unlink:
        case PageCall::unlink:
            return unlink_command(scene, call, arguments);
        case PageCall::ftruncate:
            return truncate_command(scene, arguments);
        case PageCall::touch:
        case PageCall::pwrite:
            return touch_command(scene, call, arguments, count);
        case PageCall::sync:
            return Command(SyncFiles{});
        case PageCall::munmap:
            return unmap_command(scene, arguments, count);
        case PageCall::drop_caches: {
            i64 what = 1;
            Message error;
            if (count == 1 && !read_number(scene, call, arguments, 0, &what, &error)) return error;
            if (what < 1 || what > 3) return out_of_range("drop_caches", what, 1, 3);
            return Command(DropCaches{what});
        }
        case PageCall::swapon:
        case PageCall::swapoff:
            return swap_command(scene, call, arguments, count);
        default:
            return Command(CompactMemory{});
    }
}

Value memory_call_value(const Machine& machine, PageCall call, const CommandResult& result, u32 command) {
    switch (call) {
        case PageCall::open:
        case PageCall::shm_open:
            return result.number < 0 ? Value::integer(result.number) : Value::file(result.mapping, command);
        case PageCall::mmap:
            return Value::address(machine.memory().mapping_table().mappings[result.mapping].address, command);
        default:
            return Value::integer(result.number);
    }
}

Message file_fault(const MappingTable& table, u32 file) {
    if (!table.mappings[file].is_gone) return {};
    const TmpfsFile* named = table.tmpfs_file(file);
    return Message("error.file_gone").text("path", named == nullptr ? std::string() : named->path);
}

std::optional<i64> mmap_constant(std::string_view name) {
    for (const MmapConstant& constant : kMmapConstants)
        if (constant.name == name) return constant.value;
    return std::nullopt;
}

}  // namespace mmscope
