//! The routes of the services beside Keystone and Swift.

use crate::routes::match_path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    ComputeListServersDetail,
    ComputeListServers,
    ComputeCreateServer,
    ComputeListFlavors,
    ComputeListKeypairs,
    ComputeCreateKeypair,
    ComputeRebootServer,
    ComputeResizeServer,
    ComputeConfirmResize,
    ComputeRevertResize,
    ComputeStartServer,
    ComputeStopServer,
    ComputeShowConsoleOutput,
    ComputeUpdateServerMetadata,
    ComputeShowServer,
    ComputeDeleteServer,
    ComputeShowKeypair,
    ComputeDeleteKeypair,
    ComputeShowImageMetadataItem,
    ComputeSetImageMetadataItem,
    ComputeDeleteImageMetadataItem,
    ImageListImages,
    ImageShowImage,
    ImageUpdateImage,
    BlockStorageListVolumesDetail,
    BlockStorageCreateVolume,
    BlockStorageCreateSnapshot,
    BlockStorageExtendVolume,
    BlockStorageRestoreSnapshot,
    BlockStorageShowVolume,
    BlockStorageDeleteVolume,
    BlockStorageShowSnapshot,
    BlockStorageDeleteSnapshot,
    VolumeProxyListVolumesDetailV1,
    VolumeProxyCreateVolumeV1,
    AutoscaleCreateSchedule,
    AutoscaleListSchedules,
    AutoscaleDeleteSchedule,
    VmImportRegisterImage,
    VmImportListImports,
    VmImportShowImportStatus,
    SapSapCreateServer,
    SapSapListServers,
    SapSapShowTask,
    SapSapStartServer,
    SapSapShowServer,
}

/// One row of the route table.
pub(crate) struct Route {
    pub(crate) operation: Operation,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// The only key of the body, where several operations share method and path.
    pub(crate) key: Option<&'static str>,
}

#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = &[
    Route { operation: Operation::ImageListImages, method: "GET", path: "/v2/images", key: None },
    Route { operation: Operation::VmImportRegisterImage, method: "POST", path: "/v1/imageimport", key: None },
    Route { operation: Operation::VmImportListImports, method: "GET", path: "/v1/imageimport", key: None },
    Route { operation: Operation::AutoscaleCreateSchedule, method: "POST", path: "/autoscale_schedulers", key: None },
    Route { operation: Operation::AutoscaleListSchedules, method: "GET", path: "/autoscale_schedulers", key: None },
    Route { operation: Operation::SapSapCreateServer, method: "POST", path: "/l_servers", key: None },
    Route { operation: Operation::SapSapListServers, method: "GET", path: "/l_servers", key: None },
    Route { operation: Operation::VmImportShowImportStatus, method: "GET", path: "/v1/imageimport/{import_id}/status", key: None },
    Route { operation: Operation::ImageShowImage, method: "GET", path: "/v2/images/{image_id}", key: None },
    Route { operation: Operation::ImageUpdateImage, method: "PATCH", path: "/v2/images/{image_id}", key: None },
    Route { operation: Operation::AutoscaleDeleteSchedule, method: "DELETE", path: "/autoscale_schedulers/{name}", key: None },
    Route { operation: Operation::SapSapShowTask, method: "GET", path: "/tasks/{task_id}", key: None },
    Route { operation: Operation::SapSapStartServer, method: "PUT", path: "/l_servers/{resource_id}/start", key: None },
    Route { operation: Operation::SapSapShowServer, method: "GET", path: "/l_servers/{resource_id}", key: None },
    Route { operation: Operation::ComputeListServersDetail, method: "GET", path: "/v2/{tenant_id}/servers/detail", key: None },
    Route { operation: Operation::BlockStorageListVolumesDetail, method: "GET", path: "/v2/{tenant_id}/volumes/detail", key: None },
    Route { operation: Operation::VolumeProxyListVolumesDetailV1, method: "GET", path: "/v1.1/{tenant_id}/os-volumes/detail", key: None },
    Route { operation: Operation::ComputeListServers, method: "GET", path: "/v2/{tenant_id}/servers", key: None },
    Route { operation: Operation::ComputeCreateServer, method: "POST", path: "/v2/{tenant_id}/servers", key: None },
    Route { operation: Operation::ComputeListFlavors, method: "GET", path: "/v2/{tenant_id}/flavors", key: None },
    Route { operation: Operation::ComputeListKeypairs, method: "GET", path: "/v2/{tenant_id}/os-keypairs", key: None },
    Route { operation: Operation::ComputeCreateKeypair, method: "POST", path: "/v2/{tenant_id}/os-keypairs", key: None },
    Route { operation: Operation::BlockStorageCreateVolume, method: "POST", path: "/v2/{tenant_id}/volumes", key: None },
    Route { operation: Operation::BlockStorageCreateSnapshot, method: "POST", path: "/v2/{tenant_id}/snapshots", key: None },
    Route { operation: Operation::VolumeProxyCreateVolumeV1, method: "POST", path: "/v1.1/{tenant_id}/os-volumes", key: None },
    Route { operation: Operation::ComputeRebootServer, method: "POST", path: "/v2/{tenant_id}/servers/{server_id}/action", key: Some("reboot") },
    Route { operation: Operation::ComputeResizeServer, method: "POST", path: "/v2/{tenant_id}/servers/{server_id}/action", key: Some("resize") },
    Route { operation: Operation::ComputeConfirmResize, method: "POST", path: "/v2/{tenant_id}/servers/{server_id}/action", key: Some("confirmResize") },
    Route { operation: Operation::ComputeRevertResize, method: "POST", path: "/v2/{tenant_id}/servers/{server_id}/action", key: Some("revertResize") },
    Route { operation: Operation::ComputeStartServer, method: "POST", path: "/v2/{tenant_id}/servers/{server_id}/action", key: Some("os-start") },
    Route { operation: Operation::ComputeStopServer, method: "POST", path: "/v2/{tenant_id}/servers/{server_id}/action", key: Some("os-stop") },
    Route { operation: Operation::ComputeShowConsoleOutput, method: "POST", path: "/v2/{tenant_id}/servers/{server_id}/action", key: Some("os-getConsoleOutput") },
    Route { operation: Operation::ComputeUpdateServerMetadata, method: "POST", path: "/v2/{tenant_id}/servers/{server_id}/metadata", key: None },
    Route { operation: Operation::BlockStorageExtendVolume, method: "POST", path: "/v2/{tenant_id}/volumes/{volume_id}/action", key: Some("os-extend") },
    Route { operation: Operation::BlockStorageRestoreSnapshot, method: "POST", path: "/v2/{tenant_id}/snapshots/{snapshot_id}/action", key: Some("fcx-restore") },
    Route { operation: Operation::ComputeShowServer, method: "GET", path: "/v2/{tenant_id}/servers/{server_id}", key: None },
    Route { operation: Operation::ComputeDeleteServer, method: "DELETE", path: "/v2/{tenant_id}/servers/{server_id}", key: None },
    Route { operation: Operation::ComputeShowKeypair, method: "GET", path: "/v2/{tenant_id}/os-keypairs/{keypair_name}", key: None },
    Route { operation: Operation::ComputeDeleteKeypair, method: "DELETE", path: "/v2/{tenant_id}/os-keypairs/{keypair_name}", key: None },
    Route { operation: Operation::BlockStorageShowVolume, method: "GET", path: "/v2/{tenant_id}/volumes/{volume_id}", key: None },
    Route { operation: Operation::BlockStorageDeleteVolume, method: "DELETE", path: "/v2/{tenant_id}/volumes/{volume_id}", key: None },
    Route { operation: Operation::BlockStorageShowSnapshot, method: "GET", path: "/v2/{tenant_id}/snapshots/{snapshot_id}", key: None },
    Route { operation: Operation::BlockStorageDeleteSnapshot, method: "DELETE", path: "/v2/{tenant_id}/snapshots/{snapshot_id}", key: None },
    Route { operation: Operation::ComputeShowImageMetadataItem, method: "GET", path: "/v2/{tenant_id}/images/{image_id}/metadata/{key}", key: None },
    Route { operation: Operation::ComputeSetImageMetadataItem, method: "PUT", path: "/v2/{tenant_id}/images/{image_id}/metadata/{key}", key: None },
    Route { operation: Operation::ComputeDeleteImageMetadataItem, method: "DELETE", path: "/v2/{tenant_id}/images/{image_id}/metadata/{key}", key: None },
];

/// What a method and a path lead to.
pub(crate) enum Found<'p> {
    /// Several when the body's key has to decide.
    Routes(Vec<&'static Route>, Vec<&'p [u8]>),
    /// The path is known, the method is not.
    WrongMethod,
    Nothing,
}

/// Looks up a decoded path.
pub(crate) fn find<'p>(method: &str, path: &'p [u8]) -> Found<'p> {
    let mut known = false;
    for route in ROUTES {
        let Some(parameters) = match_path(route.path, path) else { continue };
        if route.method == method {
            let same = |other: &&Route| other.method == method && other.path == route.path;
            return Found::Routes(ROUTES.iter().filter(same).collect(), parameters);
        }
        known = true;
    }
    if known { Found::WrongMethod } else { Found::Nothing }
}
