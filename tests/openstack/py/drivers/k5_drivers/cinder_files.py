"""Cinder driver on sparse files: real bytes without LVM and iSCSI. What attaches a volume here, nova's fake driver, only
keeps the books, so a path is all that it gets."""
import os
import shutil
import subprocess

from cinder import interface
from cinder.volume import driver
from oslo_config import cfg

GIB = 1 << 30


@interface.volumedriver
class FileDriver(driver.VolumeDriver):
    VERSION = "1.0.0"
    CI_WIKI_NAME = "none"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values([cfg.StrOpt("k5_volume_dir")])

    def do_setup(self, context):
        os.makedirs(self.configuration.k5_volume_dir, exist_ok=True)

    def check_for_setup_error(self):
        pass

    def _path(self, thing):
        return os.path.join(self.configuration.k5_volume_dir, thing.name)

    def _resize(self, volume, size):
        with open(self._path(volume), "ab") as file:
            file.truncate(size * GIB)

    def _copy(self, source, target):
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", self._path(source), self._path(target)], check=True)

    def _remove(self, thing):
        # Deleting is asked for again when it was interrupted.
        try:
            os.unlink(self._path(thing))
        except FileNotFoundError:
            pass

    def create_volume(self, volume):
        self._resize(volume, volume.size)

    def delete_volume(self, volume):
        self._remove(volume)

    def extend_volume(self, volume, new_size):
        self._resize(volume, new_size)

    def create_snapshot(self, snapshot):
        self._copy(snapshot.volume, snapshot)

    def delete_snapshot(self, snapshot):
        self._remove(snapshot)

    def create_volume_from_snapshot(self, volume, snapshot):
        self._copy(snapshot, volume)
        self._resize(volume, volume.size)

    def create_cloned_volume(self, volume, src_vref):
        self._copy(src_vref, volume)
        self._resize(volume, volume.size)

    def revert_to_snapshot(self, context, volume, snapshot):
        self._copy(snapshot, volume)
        self._resize(volume, volume.size)

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        # The bytes as they are: a qcow2 image isn't unpacked.
        with open(self._path(volume), "wb") as file:
            image_service.download(context, image_meta["id"], file)
        self._resize(volume, volume.size)
        return {}, True

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        self.clone_image(context, volume, None, {"id": image_id}, image_service)

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        with open(self._path(volume), "rb") as file:
            image_service.update(context, image_meta["id"], {}, file)

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector, **kwargs):
        return {"driver_volume_type": "local", "data": {"device_path": self._path(volume), "access_mode": "rw"}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass

    def _update_volume_stats(self):
        free = shutil.disk_usage(self.configuration.k5_volume_dir).free // GIB
        self._stats = {
            "volume_backend_name": "file", "vendor_name": "k5", "driver_version": self.VERSION, "storage_protocol": "local",
            # The files are sparse: what is free on the disk doesn't limit the sizes that can be promised.
            "total_capacity_gb": 1000, "free_capacity_gb": max(free, 900), "reserved_percentage": 0, "QoS_support": False,
            "multiattach": True, "thin_provisioning_support": True, "max_over_subscription_ratio": "20.0",
            "provisioned_capacity_gb": 0,
        }
