// Sentences about shared memory: its pages, and the calls of files in tmpfs.
#include "mm/shmem.h"
#include "play/narration.h"
#include "play/vocabulary.h"

namespace mmscope {

namespace {

// "/dev/shm/frame", or the number of anonymous shared memory.
std::string shared_name(const PageAllocator& memory, u32 mapping) {
    const TmpfsFile* file = memory.mapping_table().tmpfs_file(mapping);
    return file == nullptr ? std::to_string(mapping) : file->path;
}

// Errors first: they are few.
Message narrate_name(const char* key, PageCall call, const std::string& path, i64 result) {
    if (result < 0) key = result == failed(Errno::enoent) ? "command.shmem_none" : "command.shmem_name";
    Message message(key);
    message.text("name", page_call_word(call).name).text("path", path);
    return result < 0 ? message.text("result", errno_text(result)) : message;
}

Message narrate_unlink(const PageAllocator& memory, const UnlinkTmpfs& unlink, i64 result) {
    const MappingTable& table = memory.mapping_table();
    bool is_mapped = false;
    for (const TmpfsFile& file : table.tmpfs)  // the last of that name is the one
        if (file.path == unlink.path) is_mapped = !table.mappings[file.mapping].is_gone;
    const char* key = is_mapped ? "command.shmem_unlink_mapped" : "command.shmem_unlink";
    return narrate_name(key, unlink.call, unlink.path, result);
}

Message narrate_pages(const PageAllocator& memory, const char* key, u32 mapping, u32 first, u32 pages) {
    Message message(key);
    return message.text("path", shared_name(memory, mapping)).number("first", first).number("pages", pages);
}

}  // namespace

Message narrate_shmem(const PageAllocator& memory, const TraceEvent& event) {
    const bool is_of_file = event.kind >= TraceKind::shmem_read_hole && event.kind <= TraceKind::shmem_truncate;
    const std::string_view kind = kTraceKindNames[static_cast<u32>(event.kind)];
    const std::string_view key = is_of_file                                 ? kind
                                 : event.kind == TraceKind::zap_page        ? "shmem_zap"
                                 : event.kind == TraceKind::mm_lru_activate ? "shmem_activate"
                                                                            : "shmem_page";
    const bool is_active = event.kind == TraceKind::mm_lru_activate || memory.profile().anon_starts_active;
    const LruList list = is_active ? LruList::active_anon : LruList::inactive_anon;
    Message message("event." + std::string(key));
    message.text("mapping", shared_name(memory, event.a)).number(is_of_file ? "number" : "index", event.b);
    return is_of_file ? message
                      : message.hex("pfn", event.pfn).text("list", kLruListNames[static_cast<u32>(list)]);
}

std::optional<Message> narrate_shmem_command(const PageAllocator& memory, const Command& command,
                                             const CommandResult& result) {
    const auto is_shared = [&](u32 mapping) {
        return memory.mapping_table().mappings[mapping].kind == MappingKind::shmem;
    };
    if (const OpenTmpfs* open = std::get_if<OpenTmpfs>(&command)) {
        const char* key = result.number != 0 ? "command.shmem_new" : "command.shmem_there";
        const u32 pages = result.number < 0 ? 0 : memory.mapping_table().mappings[result.mapping].pages;
        return narrate_name(key, open->call, open->path, result.number).number("pages", pages);
    }
    if (const UnlinkTmpfs* unlink = std::get_if<UnlinkTmpfs>(&command))
        return narrate_unlink(memory, *unlink, result.number);
    if (const Truncate* truncate = std::get_if<Truncate>(&command))
        return narrate_pages(memory, "command.shmem_truncate", truncate->mapping, 0, truncate->pages);
    if (const TouchPages* touch = std::get_if<TouchPages>(&command)) {
        if (!is_shared(touch->mapping) || result.number < 0) return std::nullopt;
        return narrate_pages(memory, "command.shmem_read", touch->mapping, touch->first, touch->pages)
            .number("new", result.number);
    }
    const WritePages* write = std::get_if<WritePages>(&command);
    if (write == nullptr || !is_shared(write->mapping)) return std::nullopt;
    const i64 written = result.number / i64{kPageSize};
    const bool is_full = result.number == failed(Errno::enospc) || (result.number > 0 && written < write->pages);
    if (result.number < 0 && !is_full) return std::nullopt;
    const char* key = is_full ? "command.shmem_full" : "command.shmem_write";
    const std::string answer = result.number < 0 ? errno_text(result.number) : std::to_string(result.number);
    return narrate_pages(memory, key, write->mapping, write->first, write->pages).text("result", answer);
}

}  // namespace mmscope
