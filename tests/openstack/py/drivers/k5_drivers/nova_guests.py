"""nova's fake virt driver, with snapshots that upload a small image (nova waits for it to become active) and with
guests that outlive nova-compute, as those of a real hypervisor do."""
import io

from nova import context, exception, objects
from nova.compute import power_state, task_states, vm_states
from nova.image import glance
from nova.virt import fake

POWER = {
    vm_states.ACTIVE: power_state.RUNNING,
    vm_states.RESIZED: power_state.RUNNING,
    vm_states.RESCUED: power_state.RUNNING,
    vm_states.PAUSED: power_state.PAUSED,
    vm_states.STOPPED: power_state.SHUTDOWN,
    vm_states.SUSPENDED: power_state.SHUTDOWN,
}


class GuestDriver(fake.FakeDriver):
    def init_host(self, host):
        super().init_host(host)
        for guest in objects.InstanceList.get_by_host(context.get_admin_context(), host, expected_attrs=["flavor"]):
            if guest.vm_state in POWER and guest.uuid not in self.instances:
                flavor = guest.flavor
                self.resources.claim(vcpus=flavor.vcpus, mem=flavor.memory_mb, disk=flavor.root_gb)
                self.instances[guest.uuid] = fake.FakeInstance(guest, POWER[guest.vm_state], guest.uuid)

    def snapshot(self, context, instance, image_id, update_task_state):
        if instance.uuid not in self.instances:
            raise exception.InstanceNotRunning(instance_id=instance.uuid)
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
        images = glance.API()
        form = {"name": images.get(context, image_id).get("name"), "disk_format": "raw", "container_format": "bare",
                "properties": {}}
        images.update(context, image_id, form, data=io.BytesIO(b"snapshot of %s\n" % instance.uuid.encode()))
