// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a front end can get wrong, in the order of QEMU's docs/interop/vhost-user.rst, whose sections the rules name. A
// rule is reported with up to two numbers; its comment says what they are.

using VirtioNet.Reports;

namespace VirtioNet.Outside.VhostUser.Protocol
{
    /// <summary>
    /// Rules for front ends. Each has an object of its own, because reports are limited rule by rule: one that is broken often
    /// hides no other.
    /// </summary>
    public static class FrontEndRules
    {
        /// <summary>The flags of the header. Numbers: request, flags.</summary>
        public static readonly Rule HeaderFlags = Fatal("flags: a request has version 1 and is no reply", "Header");

        /// <summary>The size in the header: a back end has room for the longest payload that it knows. Numbers: most bytes, size.</summary>
        public static readonly Rule PayloadTooLong = Fatal("size: no request has so long a payload", "Header");

        /// <summary>Each request has its own payload. Numbers: fewest bytes, size.</summary>
        public static readonly Rule PayloadSize = Fatal("size: this request's payload has another length", "Payload");

        /// <summary>The stream ended within a message. Number: bytes that came.</summary>
        public static readonly Rule MessageCutOff = Fatal("the front end has gone in the middle of a message", "Communication");

        /// <summary>A reply did not fit the socket: a front end has to read the replies that it asks for.</summary>
        public static readonly Rule ReplyNotTaken = Fatal("the front end does not take its replies", "Communication");

        /// <summary>No message has more descriptors than a memory table. Number: most descriptors.</summary>
        public static readonly Rule DescriptorsOfMessage = Fatal("a message carries more than eight descriptors", "Memory regions description");

        /// <summary>The system could not give this process all descriptors of a message. Number: how many came.</summary>
        public static readonly Rule DescriptorsLost = Fatal("descriptors of a message were lost, because this process has as many files open as it may (ulimit -n)", "Communication");

        /// <summary>Only some requests carry descriptors. Numbers: most that this one may have, how many came.</summary>
        public static readonly Rule DescriptorsOfRequest = Fatal("this request has fewer descriptors, or none", "Communication");

        /// <summary>The socket is for one front end at a time.</summary>
        public static readonly Rule OneFrontEnd = Of("a second front end was turned away, because one is connected", "Communication");

        /// <summary>The request is not among those that this back end knows. Number: request.</summary>
        public static readonly Rule UnknownRequest = Fatal("this back end does not know the request", "Front-end message types");

        /// <summary>A request of an extension needs its protocol feature. Number: request.</summary>
        public static readonly Rule RequestNotOffered = Fatal("the protocol feature for this request was not offered", "Protocol features");

        /// <summary>Numbers: features offered, features wanted.</summary>
        public static readonly Rule FeatureNotOffered = Fatal("features: one was not offered", "VHOST_USER_SET_FEATURES");

        /// <summary>Numbers: features offered, features wanted.</summary>
        public static readonly Rule FeatureDependency = Fatal("features: one lacks another that it depends on", "VHOST_USER_SET_FEATURES");

        /// <summary>Numbers: features in force, features wanted.</summary>
        public static readonly Rule FeaturesWhileRunning = Fatal("features change while a ring runs; VHOST_USER_GET_VRING_BASE stops it", "VHOST_USER_SET_FEATURES");

        /// <summary>Numbers: protocol features offered, those wanted.</summary>
        public static readonly Rule ProtocolFeatureNotOffered = Fatal("protocol features: one was not offered", "VHOST_USER_SET_PROTOCOL_FEATURES");

        /// <summary>Numbers: size of the payload, num regions.</summary>
        public static readonly Rule RegionCount = Fatal("num regions: at most eight, and as many as the payload has", "Memory regions description");

        /// <summary>Numbers: descriptors that came, num regions.</summary>
        public static readonly Rule RegionDescriptors = Fatal("each memory region has one descriptor", "VHOST_USER_SET_MEM_TABLE");

        /// <summary>Numbers: guest address, size.</summary>
        public static readonly Rule RegionRange = Fatal("a memory region is empty, or passes the end of its address space", "Memory regions description");

        /// <summary>Numbers: guest address, size.</summary>
        public static readonly Rule RegionOverlap = Fatal("a memory region overlaps another one", "Memory regions description");

        /// <summary>Accesses to other files can fail, or wait, at any time (SharedMemory.cs). Numbers: guest address, size.</summary>
        public static readonly Rule RegionNotMemory = Fatal("a memory region is no file of memory: share a memfd, or a file in /dev/shm or of huge pages", "VHOST_USER_SET_MEM_TABLE");

        /// <summary>Numbers: guest address, size.</summary>
        public static readonly Rule RegionBeyondFile = Fatal("a memory region is longer than its file", "Memory regions description");

        /// <summary>Numbers: guest address, length of the file.</summary>
        public static readonly Rule RegionNotMapped = Fatal("the file of a memory region cannot be mapped", "VHOST_USER_SET_MEM_TABLE");

        /// <summary>Numbers: most bytes, sum of the files' lengths.</summary>
        public static readonly Rule MemoryTooLarge = Fatal("the files of all memory regions together are too large", "VHOST_USER_SET_MEM_TABLE");

        /// <summary>Numbers: how many rings there are, index.</summary>
        public static readonly Rule RingIndex = Fatal("index: there is no such ring", "A vring state description");

        /// <summary>Numbers: index of the ring, num.</summary>
        public static readonly Rule RingSize = Fatal("num: a ring has 1 to 32768 descriptors", "VHOST_USER_SET_VRING_NUM");

        /// <summary>Numbers: index of the ring, num.</summary>
        public static readonly Rule SplitRingSize = Fatal("num: the size of a split ring is a power of two", "VHOST_USER_SET_VRING_NUM");

        /// <summary>Size and base of a ring must not be changed while it runs. Number: index of the ring.</summary>
        public static readonly Rule RingRuns = Fatal("the ring runs; VHOST_USER_GET_VRING_BASE stops it", "Ring states");

        /// <summary>Numbers: index of the ring, flags.</summary>
        public static readonly Rule RingLogging = Fatal("flags: logging was not offered", "A vring address description");

        /// <summary>Numbers: index of the ring, address.</summary>
        public static readonly Rule RingAddress = Fatal("an address of the ring is in no memory region", "VHOST_USER_SET_VRING_ADDR");

        /// <summary>Numbers: index of the ring, descriptors that came.</summary>
        public static readonly Rule EventDescriptor = Fatal("bit 8 is clear exactly if a descriptor comes along", "VHOST_USER_SET_VRING_KICK");

        /// <summary>Number: index of the ring.</summary>
        public static readonly Rule EventNotEventFd = Fatal("the descriptor is no eventfd", "VHOST_USER_SET_VRING_KICK");

        /// <summary>Numbers: index of the ring, num.</summary>
        public static readonly Rule EnableValue = Fatal("num: 0 disables and 1 enables", "VHOST_USER_SET_VRING_ENABLE");

        /// <summary>A front end must not write the device's configuration. Numbers: offset, size.</summary>
        public static readonly Rule ReadOnlyConfiguration = Of("all fields of the configuration are read-only, so nothing was written", "VHOST_USER_SET_CONFIG");

        /// <summary>Numbers: 0, status.</summary>
        public static readonly Rule StatusValue = Fatal("device_status has eight bits", "VHOST_USER_SET_STATUS");

        private static Rule Fatal(string sentence, string section)
        {
            return Of(sentence + ": the front end is disconnected", section);
        }

        private static Rule Of(string sentence, string section)
        {
            return new Rule(sentence, "vhost-user: " + section);
        }
    }
}
