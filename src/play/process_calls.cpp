#include "play/process_calls.h"

#include "mm/fault.h"
#include "mm/fork.h"
#include "mm/mmap.h"
#include "mm/oom.h"
#include "mm/tlb_flush.h"
#include "play/looking.h"
#include "play/memory_calls.h"
#include "play/page_calls.h"

namespace mmscope {

namespace {

constexpr u64 kMostAccessBytes = u64{4} << 30;

// The arguments of one call, taken one after another; after the first wrong one `error` is not empty.
class Arguments {
public:
    Arguments(const Scene& scene, PageCall call, const Value* values, u32 count, Message* error)
        : scene_(scene), word_(page_call_word(call)), values_(values), count_(count), error_(error) {}

    bool has_more() const { return at_ < count_ && error_->is_empty(); }
    bool next_is(ValueKind kind) const { return has_more() && values_[at_].kind == kind; }
    u64 number() {
        if (!error_->is_empty()) return 0;
        if (at_ < count_ && values_[at_].kind == ValueKind::integer) return static_cast<u64>(values_[at_++].number);
        return wrong(ValueKind::integer);
    }
    // An address may also be a number or NULL: a process can try any.
    u64 address() {
        if (!error_->is_empty()) return 0;
        const ValueKind kind = at_ < count_ ? values_[at_].kind : ValueKind::unset;
        if (kind == ValueKind::null) return ++at_, 0;
        if (kind == ValueKind::address || kind == ValueKind::integer) return pointer(values_[at_++].number);
        return wrong(ValueKind::address);
    }
    u32 of_kind(ValueKind kind) {
        if (!error_->is_empty()) return 0;
        if (at_ < count_ && values_[at_].kind == kind) return static_cast<u32>(values_[at_++].number);
        return static_cast<u32>(wrong(kind));
    }
    void finish() {
        if (error_->is_empty() && at_ != count_)
            *error_ = Message("error.argument_count").text("signature", word_.signature).number("count", count_);
    }

private:
    u64 pointer(i64 bits) const {
        const bool is_wide = scene_.machine.memory().arch() == Arch::x86_64;
        return is_wide ? static_cast<u64>(bits) : static_cast<u32>(bits);
    }
    u64 wrong(ValueKind wanted) {
        if (at_ >= count_)
            *error_ = Message("error.argument_count").text("signature", word_.signature).number("count", count_);
        else
            fail_argument(scene_, word_, at_, wanted, values_[at_], error_);
        return 0;
    }

    const Scene& scene_;
    const CallWord& word_;
    const Value* values_;
    u32 count_;
    Message* error_;
    u32 at_ = 0;
};

void read_mmap(Arguments& arguments, ProcessCall* command) {
    command->bytes = arguments.number();
    command->protection = prot::kRead | prot::kWrite;
    command->flags = map_flag::kPrivate | map_flag::kAnonymous;
    if (!arguments.has_more()) return;
    command->protection = static_cast<u32>(arguments.number());
    command->flags = static_cast<u32>(arguments.number());
    if (arguments.has_more()) {
        const bool is_none = arguments.next_is(ValueKind::null) || arguments.next_is(ValueKind::integer);
        if (is_none)
            arguments.address();  // -1 or NULL, as with MAP_ANONYMOUS
        else
            command->file = arguments.of_kind(ValueKind::file);
    }
    if (arguments.has_more()) command->offset = arguments.number();
    if (arguments.has_more()) command->address = arguments.address();
}

void read_arguments(Arguments& arguments, ProcessCall* command) {
    switch (command->call) {
        case PageCall::fork:
        case PageCall::exit:
            return;
        case PageCall::exec:
            command->file = arguments.of_kind(ValueKind::file);
            return;
        case PageCall::mmap:
            read_mmap(arguments, command);
            return;
        case PageCall::malloc:
            command->bytes = arguments.number();
            return;
        case PageCall::oom_score_adj:
            command->value = static_cast<i64>(arguments.number());
            return;
        case PageCall::brk:
        case PageCall::free:
            command->address = arguments.address();
            return;
        case PageCall::mprotect:
        case PageCall::madvise:
            command->address = arguments.address();
            command->bytes = arguments.number();
            command->protection = static_cast<u32>(arguments.number());
            return;
        case PageCall::munmap:
            command->address = arguments.address();
            command->bytes = arguments.number();
            return;
        default:  // read, write, fetch, touch
            command->address = arguments.address();
            command->bytes = arguments.has_more() ? arguments.number() : 1;
            return;
    }
}

// Why a command is misuse; empty if it is not.
Message misuse(const PageAllocator& memory, const ProcessCall& command) {
    const bool is_access = is_access_call(command.call);
    if (is_access && (command.bytes == 0 || command.bytes > kMostAccessBytes))
        return Message("error.out_of_range")
            .text("key", page_call_word(command.call).name)
            .number("least", 1)
            .number("most", static_cast<i64>(kMostAccessBytes))
            .number("value", static_cast<i64>(command.bytes));
    if (command.call == PageCall::exit && command.pid == kInitPid) return Message("error.exit_init");
    if (command.file != kNoFile) return file_fault(memory.mapping_table(), command.file);
    if (command.call != PageCall::free || command.address == 0) return {};
    const ProcessTable& table = memory.processes();
    const bool is_known = !table.is_empty() && table.heaps[table.processes[command.pid - 1].mm].knows(command.address);
    return is_known ? Message() : Message("error.free_not_malloced").hex("address", command.address);
}

// Each page once, in order; what the first one answered, and faults in all.
void access_pages(Mmu& mmu, const PageAllocator& memory, const ProcessCall& command, CommandResult* result) {
    const u64 last = command.address + command.bytes - 1;
    u32 pages = 0;
    for (u64 at = command.address;; at = page_floor(at) + kPageSize) {
        Access access = command.call == PageCall::fetch  ? Access::fetch
                        : command.call == PageCall::read ? Access::read
                                                         : Access::write;
        const Vma* area = memory.processes().mm(command.pid).area_of(at);
        const bool is_read_only = command.call == PageCall::touch && area != nullptr && !area->has(vm_flag::kWrite);
        if (is_read_only) access = Access::read;
        const AccessResult reached = mmu.access(command.pid, at, access);
        result->number += reached.faults;
        if (pages++ == 0) result->pfn = reached.pfn;
        if (reached.signal != Signal::none) {
            result->pfn = kNoPfn;
            return;
        }
        if (reached.is_out_of_memory) {
            result->number = failed(Errno::enomem);
            return;
        }
        if (page_floor(at) == page_floor(last)) return;
    }
}

i64 change_memory(ProcessMemory& process, const ProcessCall& command) {
    switch (command.call) {
        case PageCall::mmap:
            return process.mmap(
                {command.address, command.bytes, command.protection, command.flags, command.file, command.offset});
        case PageCall::munmap:
            return process.munmap(command.address, command.bytes);
        case PageCall::mprotect:
            return process.mprotect(command.address, command.bytes, command.protection);
        case PageCall::madvise:
            return process.madvise(command.address, command.bytes, command.protection);
        case PageCall::brk:
            return process.brk(command.address);
        case PageCall::malloc:
            return static_cast<i64>(process.malloc(command.bytes));
        default:
            return command.address == 0 || process.free(command.address) ? 0 : failed(Errno::einval);
    }
}

}  // namespace

bool is_process_call(const Scene& scene, PageCall call) {
    const bool is_either = call == PageCall::mmap || call == PageCall::munmap || call == PageCall::touch;
    return is_process_call(call) || (is_either && scene.state.process != 0);
}

Message process_fault(const PageAllocator& memory, u32 pid) {
    const ProcessTable& table = memory.processes();
    if (table.is_empty() && pid == kInitPid) return {};
    const Process* process = table.find(pid);
    if (process == nullptr) return Message("error.no_process").number("pid", pid);
    if (process->is_alive()) return {};
    return Message("error.process_ended")
        .number("pid", pid)
        .number("call", process->ended_by)
        .text("signal", signal_name(process->signal));
}

std::string_view signal_name(Signal signal) {
    switch (signal) {
        case Signal::sigbus:
            return "SIGBUS";
        case Signal::sigkill:
            return "SIGKILL";
        case Signal::sigsegv:
            return "SIGSEGV";
        case Signal::none:
            break;
    }
    return "exit";
}

Result<Command, Message> process_command(const Scene& scene, PageCall call, const Value* values, u32 count) {
    Message error;
    ProcessCall command;
    command.call = call;
    Arguments arguments(scene, call, values, count, &error);
    const bool takes_process = call == PageCall::fork || call == PageCall::exec || call == PageCall::exit ||
                               call == PageCall::oom_score_adj;
    command.pid = scene.state.process;
    if (takes_process && arguments.next_is(ValueKind::process)) command.pid = arguments.of_kind(ValueKind::process);
    if (command.pid == 0) return Message("error.process_needed").text("name", page_call_word(call).name);
    const PageAllocator& memory = scene.machine.memory();
    if (Message fault = process_fault(memory, command.pid); !fault.is_empty()) return fault;
    read_arguments(arguments, &command);
    arguments.finish();
    if (error.is_empty()) error = misuse(memory, command);
    if (!error.is_empty()) return error;
    return Command(command);
}

void apply_process_call(PageAllocator& memory, const ProcessCall& command, const TlbGeometry& geometry, u32 call,
                        u32 cpu, Trace& trace, CommandResult* result) {
    ProcessControl control(memory, cpu, call, trace);
    if (!control.start_init(geometry)) {
        result->number = failed(Errno::enomem);
        return;
    }
    ProcessTable& table = memory.processes();
    table.current = command.pid;
    TlbFlush(memory, cpu, trace).resume(table.processes[command.pid - 1].mm);
    switch (command.call) {
        case PageCall::fork:
            result->number = control.fork(command.pid);
            break;
        case PageCall::exec:
            result->number = control.exec(command.pid, command.file);
            break;
        case PageCall::exit:
            control.exit(command.pid, Signal::none);
            break;
        case PageCall::oom_score_adj:
            result->number = set_oom_score_adj(memory, command.pid, command.value, trace);
            break;
        case PageCall::touch:
        case PageCall::read:
        case PageCall::write:
        case PageCall::fetch: {
            Mmu mmu(memory, cpu, call, trace);
            access_pages(mmu, memory, command, result);
            break;
        }
        default: {
            ProcessMemory process(memory, command.pid, cpu, call, trace);
            result->number = change_memory(process, command);
            result->mapping = static_cast<u32>(process.refusal());
        }
    }
    table.current = 0;
    if (!table.is_alive(kInitPid)) result->end = Message("error.init_killed");
}

Value process_call_value(PageCall call, const CommandResult& result, u32 command) {
    const bool has_failed = result.number < 0;
    switch (call) {
        case PageCall::fork:
            return has_failed ? Value::integer(result.number) : Value::process(static_cast<u32>(result.number));
        case PageCall::mmap:
        case PageCall::brk:
            return has_failed ? Value::integer(result.number)
                              : Value::address(static_cast<u64>(result.number), command);
        case PageCall::malloc:
            return result.number == 0 ? Value::null() : Value::address(static_cast<u64>(result.number), command);
        case PageCall::read:
        case PageCall::write:
        case PageCall::fetch:
            if (has_failed) return Value::integer(result.number);
            return result.pfn == kNoPfn ? Value::null() : Value::page(result.pfn, 0);
        default:
            return Value::integer(result.number);
    }
}

}  // namespace mmscope
