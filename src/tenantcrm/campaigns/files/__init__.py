"""Campaigns as files: a folder for each, with ``campaign.yaml`` and the templates beside it."""

from tenantcrm.campaigns.files.documents import CampaignFile, as_document
from tenantcrm.campaigns.files.faults import FileFault, FilesError
from tenantcrm.campaigns.files.folders import DOCUMENT, Files, files_of, read_folder, write_files

__all__ = [
    "DOCUMENT",
    "CampaignFile",
    "FileFault",
    "Files",
    "FilesError",
    "as_document",
    "files_of",
    "read_folder",
    "write_files",
]
